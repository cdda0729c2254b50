/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of obj share.
 *
 * Letters: o object, e ELF, p program, m map, x extern, s section, d diagnostics.
 */
#ifndef SKEP_OBJ_IMPL_H
#define SKEP_OBJ_IMPL_H

#include "btf/btf.h"
#include "obj/obj.h"

/* ---- ELF64 (elf.c, elf_write.c) -------------------------------------------------------------- */

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 64, "Elf64_Ehdr");

struct elf_shdr {
	uint32_t name, type;
	uint64_t flags, addr, offset, size;
	uint32_t link, info;
	uint64_t align, entsize;
};
_Static_assert(sizeof(struct elf_shdr) == 64, "Elf64_Shdr");

struct elf_symbol {
	uint32_t name;
	uint8_t info, other;
	uint16_t shndx;
	uint64_t value, size;
};
_Static_assert(sizeof(struct elf_symbol) == 24, "Elf64_Sym");

struct elf_rel {
	uint64_t offset, info; /* info: the symbol << 32 | ELF_R_BPF_* */
};
#define ELF_REL_SYM(r)  ((uint32_t)((r)->info >> 32))
#define ELF_REL_TYPE(r) ((uint32_t)(r)->info)
_Static_assert(sizeof(struct elf_rel) == 16, "Elf64_Rel");

enum { ELF_ET_REL = 1, ELF_EM_BPF = 247 };
enum {
	ELF_SHT_NULL,
	ELF_SHT_PROGBITS,
	ELF_SHT_SYMTAB,
	ELF_SHT_STRTAB,
	ELF_SHT_RELA,
	ELF_SHT_NOTE = 7,
	ELF_SHT_NOBITS,
	ELF_SHT_REL,
	ELF_SHT_LLVM_ADDRSIG = 0x6fff4c03,
};
enum { ELF_SHF_WRITE = 1, ELF_SHF_ALLOC = 2, ELF_SHF_EXEC = 4 };
enum { ELF_SHN_RESERVED = 0xff00, ELF_SHN_XINDEX = 0xffff };
enum { ELF_STB_LOCAL, ELF_STB_GLOBAL, ELF_STB_WEAK };
enum { ELF_STT_NOTYPE, ELF_STT_OBJECT, ELF_STT_FUNC, ELF_STT_SECTION, ELF_STT_FILE };
enum { ELF_STV_DEFAULT, ELF_STV_INTERNAL, ELF_STV_HIDDEN, ELF_STV_PROTECTED };
enum {
	ELF_R_BPF_64_64 = 1,
	ELF_R_BPF_64_ABS64 = 2,
	ELF_R_BPF_64_ABS32 = 3,
	ELF_R_BPF_64_NODYLD32 = 4,
	ELF_R_BPF_64_32 = 10,
};

struct elf_sec {
	const char *name;
	const uint8_t *data; /* NULL: NOBITS */
	uint64_t flags, at, size, align, entsize;
	uint32_t type, link, info;
	enum abi_object_section role; /* _ABI_OBJ_MAX: none of them */
	bool code;                    /* instructions */
	int32_t map;                  /* index of the map made of it, -1 */
};

struct elf_sym {
	const char *name;
	uint64_t value, size;
	uint32_t sec;
	uint8_t bind, type, vis;
};

struct obj_elf {
	const char *path; /* borrowed from the object */
	struct file file; /* owned, or empty */
	const uint8_t *data;
	size_t size;
	struct elf_sec *sec; /* arena; 0 is the null section */
	uint32_t n_secs;
	struct elf_sym *sym; /* arena; 0 is the null symbol */
	uint32_t n_syms;
	uint32_t symtab;                                         /* its section, 0: none */
	uint32_t text, maps, old_maps, btf, btf_ext, arena_data; /* sections, 0: none */
};

int elf_read(struct obj_elf *e, struct arena *a, struct diag *d) MUST_USE;
/* The ith relocation of a SHT_REL or SHT_RELA section; what RELA adds in *ret_add. Checked. */
int elf_rel(const struct obj_elf *e, uint32_t sec, uint32_t i, struct diag *d,
	    struct elf_rel *ret_rel, int64_t *ret_add) MUST_USE;
uint32_t elf_rels(const struct obj_elf *e, uint32_t sec); /* how many; 0 if not such a section */
/* A fault in a section, `off` bytes into it: "section 'x': " and the text. Returns -EINVAL. */
int elf_fault(const struct obj_elf *e, uint32_t sec, uint64_t off, struct diag *d, const char *id,
	      const char *fmt, ...) PRINTF_LIKE(6, 7);
const char *elf_sym_text(const struct obj_elf *e, const struct elf_sym *sym); /* for messages */
static inline bool elf_sym_is_extern(const struct elf_sym *s)
{
	return !s->sec && s->bind != ELF_STB_LOCAL && s->type == ELF_STT_NOTYPE && *s->name;
}

/* ---- ELF out (elf_write.c) ------------------------------------------------------------------- */

struct elf_out_sec {
	uint32_t name, type, link, info;
	uint64_t flags, align, entsize, size, at;
	struct str data;
	uint32_t sym; /* of the section, once one asked */
	bool has_sym;
	VEC(struct elf_rel) rel; /* symbols as elf_out_symbol() numbered them */
};

struct elf_out_sym {
	uint32_t name, index;
	struct elf_sym sym;
};

struct elf_out {
	VEC(struct elf_out_sec) sec; /* 0 is the null section */
	VEC(struct elf_out_sym) sym;
	struct str names;
	int err; /* the first failure sticks */
};

void elf_out_init(struct elf_out *w);
void elf_out_done(struct elf_out *w);
uint32_t elf_out_section(struct elf_out *w, const char *name, uint32_t type, uint64_t flags,
			 uint64_t align);
/* At the section's end; data NULL: zeros. Returns where it went. */
uint64_t elf_out_append(struct elf_out *w, uint32_t sec, const void *data, uint64_t size,
			uint64_t align);
uint32_t elf_out_symbol(struct elf_out *w, const struct elf_sym *sym);
uint32_t elf_out_section_symbol(struct elf_out *w, uint32_t sec);
void elf_out_reloc(struct elf_out *w, uint32_t sec, uint64_t at, uint32_t type, uint32_t sym);
int elf_out_finish(struct elf_out *w, struct diag *d, const char *path,
		   struct obj_bytes *ret_bytes) MUST_USE;

/* ---- open ------------------------------------------------------------------------------------ */

int obj_no_memory(const struct obj *o, struct diag *d); /* says so, returns the arena's error */
#define obj_where(o) diag_file((o)->path)
/* Of an object that is being opened: its BTF's records may be changed in place. */
struct btf_type *obj_own_type(const struct obj *o, uint32_t id);

int obj_progs_read(struct obj *o, struct diag *d) MUST_USE; /* prog.c */
int obj_prog_order(const struct obj *o, uint32_t sec, uint64_t insn, uint32_t *ret_index) MUST_USE;
int obj_infos_read(struct obj *o, struct diag *d) MUST_USE;   /* info.c */
int obj_externs_read(struct obj *o, struct diag *d) MUST_USE; /* extern.c */
int obj_btf_fix(struct obj *o, struct diag *d) MUST_USE;      /* datasec.c */
int obj_maps_by_btf(struct obj *o, const struct obj_opts *opts, struct diag *d) MUST_USE;
/* What the type of a VAR of .maps says, extern or not: attr, pin and inner. */
int obj_map_definition(struct obj *o, uint32_t var, struct diag *d,
		       struct obj_map *ret_map) MUST_USE;
int obj_maps_old(struct obj *o, struct diag *d) MUST_USE;    /* map_old.c */
int obj_data_read(struct obj *o, struct diag *d) MUST_USE;   /* data.c */
int obj_ops_read(struct obj *o, struct diag *d) MUST_USE;    /* struct_ops.c */
int obj_relocs_read(struct obj *o, struct diag *d) MUST_USE; /* reloc.c */
int obj_map_values_read(struct obj *o, uint32_t rel_sec, struct diag *d) MUST_USE; /* map_btf.c */
int obj_ops_relocs_read(struct obj *o, uint32_t rel_sec, struct diag *d) MUST_USE;
/* A new map with no fields set but these, last of all. NULL: no memory, or the ceiling. */
struct obj_map *obj_map_new(struct obj *o, const char *name, enum obj_map_kind kind);
/* What the kernel is told the map of a data section is called, in an object of that name. */
void obj_data_name(const char *object, const char *section, char ret_name[16]);

/* ---- prepare --------------------------------------------------------------------------------- */

/* Why a CO-RE relocation left a poisoned instruction; by program, insn of the program itself. */
struct obj_core_poison {
	uint32_t prog, insn;
	const char *text; /* arena */
};

struct obj_prepare {
	struct obj *o;
	const struct obj_target *t;
	struct diag *d;
	struct insn **insn;                 /* arena: [program] its instructions after CO-RE */
	VEC(struct obj_core_poison) poison; /* in order of program and instruction */
};

int obj_core_apply(struct obj_prepare *c) MUST_USE;      /* core.c */
int obj_externs_resolve(struct obj_prepare *c) MUST_USE; /* extern_find.c */
int obj_kconfig_fill(struct obj_prepare *c) MUST_USE;    /* kconfig.c */
/* What gzip made smaller. -EINVAL: it did not, or not all of it is here. */
int obj_gunzip(const void *data, size_t size, struct str *ret_text) MUST_USE;
int obj_ops_prepare(struct obj_prepare *c) MUST_USE;               /* struct_ops.c */
int obj_code_build(struct obj_prepare *c, uint32_t prog) MUST_USE; /* code.c */
/* The module's number in o->module, put there if it is not: 1 + index; 0: no memory. */
uint32_t obj_module_number(struct obj_prepare *c, size_t target_module);
/* By name in vmlinux, then in the modules: its id, and the BTF's number as above. 0: none. */
uint32_t obj_target_find(struct obj_prepare *c, const char *name, uint32_t kinds,
			 const struct btf **ret_btf, uint32_t *ret_module);

enum {
	OBJ_POISON_CORE = 195896080,
	OBJ_POISON_MAP = 2001000000,
	OBJ_POISON_KFUNC = 2002000000,
};
enum { /* src of ld_imm64 and of calls */
       OBJ_SRC_MAP_FD = 1,
       OBJ_SRC_MAP_VALUE = 2,
       OBJ_SRC_BTF_ID = 3,
       OBJ_SRC_FUNC = 4,
       OBJ_SRC_MAP_IDX = 5,
       OBJ_SRC_MAP_IDX_VALUE = 6,
       OBJ_SRC_CALL = 1,
       OBJ_SRC_KFUNC = 2,
};
static inline bool obj_is_call(const struct insn *i)
{
	return i->code == 0x85;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * obj: the program object, in memory and as ELF.
 *
 *   struct obj is what every front end yields and every loader takes: programs, maps, externs and
 *   their types. An ELF file becomes one in obj_open(); a compiler makes one by obj_new() and
 *   obj_add_*(). obj_prepare() then settles everything that depends on the kernel it is for -
 *   CO-RE, kconfig, kernel symbols - and appends each program's functions to it. What is left to
 *   the loader are the numbers only it knows: descriptors of maps, of programs and of BTF.
 *
 *	obj_open(path, NULL, d, &o)
 *	  change o: types, sizes, variables, what to load
 *	obj_prepare(o, &target, d)
 *	  BTF_LOAD what obj_btf() gives; create o->map; write maps' `data` and `init`
 *	  per program with `load`: obj_prog_code(p, fds, ...); PROG_LOAD
 *	obj_free(o)
 *
 * Order matters and is libbpf's, as is every instruction after relocation: maps are those of .maps
 * in order of their BTF, then data sections in order of the file, .kconfig, struct_ops; programs
 * are in order of section and place.
 *
 *   elf      ELF64 in, every offset checked                     elf.c
 *   open     sections -> programs, maps, externs                open.c prog.c data.c extern.c
 *   map      map definitions, by BTF and of older kinds         map_btf.c map_old.c
 *   reloc    relocations of the file -> struct obj_reloc        reloc.c
 *   prepare  CO-RE, externs, functions appended                 prepare.c core.c ksym.c kconfig.c
 *   write    struct obj -> ELF                                  elf_write.c write.c
 *   link     several objects -> one                             link.c
 *   gen      skeletons, BTF of what is relocated                skeleton.c min_btf.c
 *
 * Nothing here makes a system call other than reading files. Errors have ids "elf.*" (the file's
 * structure; at an offset of the file) and "obj.*". -EINVAL unless stated; -ENOMEM, -E2BIG (a
 * ceiling below), -ENOTSUP (valid, but not for us).
 */
#ifndef SKEP_OBJ_H
#define SKEP_OBJ_H

#include "abi/abi.h"
#include "base/base.h"
#include "isa/isa.h"

struct btf;     /* btf/btf.h */
struct obj_elf; /* the sections and symbols of the file; impl.h */

enum {                         /* ceilings; reaching one is -E2BIG */
       OBJ_FILE_MAX = 1 << 28, /* bytes */
       OBJ_SECTIONS_MAX = 16384,
       OBJ_SYMBOLS_MAX = 1 << 20,
       OBJ_PROGS_MAX = 16384,
       OBJ_MAPS_MAX = 16384,
       OBJ_EXTERNS_MAX = 16384,
       OBJ_RELOCS_MAX = 1 << 20, /* in all */
       OBJ_DATA_MAX = 1 << 28,   /* bytes of one data section, .bss included */
       OBJ_INIT_MAX = 1 << 20,   /* entries that one map is filled with */
       OBJ_MEMORY_MAX = 1 << 30, /* of one object */
};

/* ---- relocations ----------------------------------------------------------------------------- */

enum obj_reloc_kind {
	OBJ_RELOC_MAP,    /* ld_imm64: the map `index` */
	OBJ_RELOC_DATA,   /* ld_imm64: the value of map `index`, `add` bytes on */
	OBJ_RELOC_CALL,   /* call: the function of program `index` */
	OBJ_RELOC_FUNC,   /* ld_imm64: the address of the function of program `index` */
	OBJ_RELOC_EXTERN, /* ld_imm64: the extern `index` */
	OBJ_RELOC_KFUNC,  /* call: the extern `index` */
};

struct obj_reloc {
	uint32_t insn; /* of the program it is in */
	uint8_t kind;  /* enum obj_reloc_kind */
	uint32_t index;
	uint32_t add;
};

/* What one instruction of finished code still lacks. Such an instruction has these fields: */
enum obj_fix_kind {
	OBJ_FIX_MAP,       /* ld_imm64, src 5 (MAP_IDX), imm: index of the map */
	OBJ_FIX_MAP_VALUE, /* ld_imm64, src 6 (MAP_IDX_VALUE), imm: index; next imm: offset */
	OBJ_FIX_KSYM,  /* ld_imm64, src 3 (BTF_ID), imm: type id; next imm: its module, as below */
	OBJ_FIX_KFUNC, /* call, src 2 (KFUNC_CALL), imm: type id; off: its module: 0 is vmlinux,
			    * else 1 + index in o->module, so in the fd_array of PROG_LOAD */
};

struct obj_fix {
	uint32_t insn;  /* of p->code */
	uint8_t kind;   /* enum obj_fix_kind */
	uint32_t index; /* map; KSYM: in o->module; KFUNC: 0 is vmlinux, else 1 + that */
};

/* An instruction of finished code that the verifier must never reach, and why. */
struct obj_poison {
	uint32_t insn;    /* of p->code: a call of a helper that does not exist */
	int32_t helper;   /* 195896080 CO-RE, 2001000000 + map, 2002000000 + extern */
	const char *text; /* arena: "struct task_struct has no member 'x' in the kernel's BTF" */
};

/* ---- programs -------------------------------------------------------------------------------- */

/* Records of .BTF.ext as PROG_LOAD wants them: func_info or line_info, insn_off in instructions. */
struct obj_info {
	void *at; /* arena; records of `size` bytes each */
	uint32_t size, n;
};

struct obj_core {            /* bpf_core_relo */
	uint32_t insn;       /* of the program */
	uint32_t type;       /* in obj->btf */
	const char *access;  /* borrowed from obj->btf: "0:1:2" */
	uint32_t access_off; /* where that is in the strings of obj->btf */
	uint32_t kind;       /* enum btf_core_kind */
};

struct obj_prog {
	const char *name;              /* of the function; arena */
	const char *section;           /* "?fentry/vfs_read"; arena */
	const struct abi_section *row; /* what the section's name means; NULL: nothing */
	const char *target; /* what follows the "/"; NULL: nothing, not even a "/"; arena */

	/* May be changed before obj_prepare. */
	uint8_t type;   /* enum abi_prog, UNSPEC */
	uint8_t attach; /* enum abi_attach: expected_attach_type, NONE */
	uint32_t flags; /* ABI_F_PROG_*: SLEEPABLE, XDP_HAS_FRAGS from the section */
	bool load;      /* wanted; false after "?" and for functions */
	bool to_prog;   /* what it attaches to is a function of another program: not looked for here */

	/* As in the file. */
	bool func;                 /* only a part of others: called, not loaded */
	bool global, weak, hidden; /* its symbol */
	uint32_t sec, sec_insn; /* section of the file and where in it; 0 if made by obj_add_prog */
	uint32_t btf_func;      /* BTF FUNC of it in obj->btf, 0 */
	struct insn *insn;      /* arena */
	uint32_t n_insns;
	struct obj_reloc *reloc; /* arena, by insn */
	uint32_t n_relocs;
	struct obj_core *core; /* arena, by insn */
	uint32_t n_cores;
	struct obj_info func_info, line_info; /* its own: insn_off from its own first instruction */
	int32_t ops_map;                      /* struct_ops: the map that has it as a member, -1 */
	uint32_t ops_member; /* prepared: which member of the kernel's type, which for struct_ops
			      * is the expected_attach_type */

	/* Made by obj_prepare. */
	struct insn *code; /* arena: with all functions appended; NULL: not wanted */
	uint32_t n_code;
	struct obj_fix *fix; /* arena, by insn */
	uint32_t n_fixes;
	struct obj_poison *poison; /* arena, by insn */
	uint32_t n_poisons;
	struct obj_info code_func, code_line; /* of all of `code` */
	uint32_t attach_btf;    /* attach_btf_id; 0: none, or its target is not known yet */
	uint32_t attach_module; /* 0: vmlinux, else 1 + index in o->module */
};

/* ---- maps ------------------------------------------------------------------------------------ */

enum obj_map_kind {
	OBJ_MAP_USER,   /* declared by the program */
	OBJ_MAP_DATA,   /* .data, .data.X */
	OBJ_MAP_RODATA, /* .rodata, .rodata.X: frozen once written */
	OBJ_MAP_BSS,    /* .bss, .bss.X */
	OBJ_MAP_KCONFIG,
	OBJ_MAP_STRUCT_OPS,
};

enum obj_pin { OBJ_PIN_NONE, OBJ_PIN_NAME, OBJ_PIN_OBJECT /* iproute2's: per object */ };

/* What MAP_CREATE takes. obj_prepare rounds ring buffers up, and forgets types some maps refuse. */
struct obj_map_attr {
	uint32_t type; /* enum abi_map; numbers that we do not know pass */
	uint32_t key_size, value_size, max_entries,
		flags; /* BPF_F_*; NUMA_NODE if numa was given */
	uint32_t numa;
	uint32_t key_type, value_type; /* in obj->btf; 0: none */
	uint64_t extra;
};

/* A function pointer of a struct_ops value. */
struct obj_ops_func {
	uint32_t prog;   /* index */
	uint32_t member; /* of the object's type */
	uint32_t
		kern_off; /* prepared: where the program's descriptor goes, 8 bytes, in kern_data */
	bool dropped;     /* prepared: the kernel's type has no such member, and it was NULL-able */
};

struct obj_ops {
	const char *type_name;     /* "tcp_congestion_ops"; arena */
	uint32_t type;             /* of the variable, in obj->btf */
	bool link;                 /* .struct_ops.link: attached by a link */
	struct obj_ops_func *func; /* arena */
	uint32_t n_funcs;
	/* Made by obj_prepare against vmlinux; without it kern_data is NULL. */
	uint32_t kern_type;       /* the struct, in the BTF of `module` */
	uint32_t kern_value_type; /* struct bpf_struct_ops_X: btf_vmlinux_value_type_id */
	uint32_t module;          /* 0: vmlinux, else 1 + index in o->module */
	uint8_t *kern_data;       /* arena: the value for MAP_UPDATE */
	uint32_t kern_size;       /* value_size */
};

struct obj_map {
	const char *name; /* the variable's; of data sections the section's: ".rodata.x"; arena */
	char kernel_name[16]; /* for MAP_CREATE: "myobject.rodata" cut as libbpf does */
	const char *section;  /* arena; "": none */
	uint8_t kind;         /* enum obj_map_kind */

	/* May be changed before obj_prepare. */
	struct obj_map_attr attr;
	uint8_t pin;          /* enum obj_pin */
	const char *pin_path; /* NULL: by name below the loader's directory */
	bool create;          /* false after "?": what needs it is poisoned */
	bool attach;          /* struct_ops: attached with the object */

	struct obj_map *inner; /* arena: what the maps in a map of maps are like; NULL */
	int32_t *init; /* arena: [key] = index of a map (maps of maps) or program; -1: none */
	uint32_t n_init;
	uint8_t *data;      /* arena: the initial value, of an arena its first bytes; NULL: zeros */
	uint32_t data_size; /* as in the file; attr.value_size when not changed */
	struct obj_ops *ops; /* arena: of STRUCT_OPS */

	uint32_t sec, sec_off; /* where it is declared; 0 if made by obj_add_map */
	uint32_t btf_var;      /* VAR of it, of data sections DATASEC, in obj->btf; 0 */
	uint32_t id;           /* old definitions: the id by which others name it; 0 */
	bool old;              /* from SEC("maps") */
};

/* ---- externs --------------------------------------------------------------------------------- */

enum obj_extern_kind {
	OBJ_EXTERN_KCONFIG,
	OBJ_EXTERN_KSYM_TYPED, /* a variable of the kernel, by its BTF */
	OBJ_EXTERN_KSYM,       /* void: only its address */
	OBJ_EXTERN_KFUNC,
	OBJ_EXTERN_OBJECT, /* of another object: obj_prepare refuses, link first */
};

enum obj_kcfg_type {
	OBJ_KCFG_NONE,
	OBJ_KCFG_CHAR,
	OBJ_KCFG_BOOL,
	OBJ_KCFG_INT,
	OBJ_KCFG_TRISTATE,
	OBJ_KCFG_STRING,
};

struct obj_extern {
	const char *name;  /* arena; what the kernel calls it: "foo" also for foo___v2 in `plain` */
	const char *plain; /* the name cut before "___"; arena */
	uint8_t kind;      /* enum obj_extern_kind */
	bool weak;         /* may be missing */
	uint32_t sym;      /* its symbol in the file */
	uint32_t btf;      /* VAR or FUNC of it in obj->btf; 0 */
	uint32_t type;     /* what that is of: without qualifiers for kconfig; 0 */
	/* KCONFIG: where it is in the .kconfig map's data, and what */
	uint8_t kcfg; /* enum obj_kcfg_type */
	bool kcfg_signed;
	uint32_t off, size, align;
	/* Made by obj_prepare. */
	bool found;           /* false: it is weak and there is none */
	uint64_t addr;        /* KSYM */
	uint32_t kern_btf;    /* TYPED, KFUNC: id of the kernel's VAR or FUNC */
	uint32_t kern_module; /* 0: vmlinux, else 1 + index in o->module */
};

/* ---- the object ------------------------------------------------------------------------------ */

/* A module whose BTF the finished code refers to. */
struct obj_module {
	const char *name;      /* arena */
	const struct btf *btf; /* borrowed from the target */
	uint32_t target;       /* index in target->module */
};

struct obj {
	struct arena arena;
	const char *path;          /* arena; what diagnostics say */
	char name[16];             /* of the file, up to its first dot */
	const char *license;       /* arena; "" if there is none */
	uint32_t version;          /* of the version section, 0 */
	struct btf *btf;           /* owned; NULL: none. Keep no reference past obj_free() */
	VEC(struct obj_prog) prog; /* all in the arena; indices stay, addresses do not while */
	VEC(struct obj_map) map;   /* things are added */
	VEC(struct obj_extern) ext;
	VEC(struct obj_module) module;  /* made by obj_prepare */
	int32_t kconfig_map, arena_map; /* -1: none */
	bool prepared;
	struct obj_elf *elf; /* arena; NULL: not from a file */
};

struct obj_opts {
	const char *name; /* of the object; NULL: from the path */
	bool lax_maps;    /* unknown fields of map definitions are passed over */
};

/* `path` may be "-". `data` is copied where it is needed: it may go when the call returns. */
int obj_open(const char *path, const struct obj_opts *opts, struct diag *d,
	     struct obj **ret_obj) MUST_USE;
int obj_open_bytes(const void *data, size_t size, const char *path, const struct obj_opts *opts,
		   struct diag *d, struct obj **ret_obj) MUST_USE;
void obj_free(struct obj *o);
bool obj_is_elf(const void *data, size_t size); /* begins as one */

/* By name; NULL: none. Of a data section "rodata", ".rodata" and "myobject.rodata" are the same. */
struct obj_prog *obj_prog_find(const struct obj *o,
			       const char *name); /* or section; no functions */
struct obj_map *obj_map_find(const struct obj *o, const char *name);
struct obj_extern *obj_extern_find(const struct obj *o, const char *name);

/* The section's name is read again: another program type or target. -EINVAL: it means nothing. */
int obj_prog_set_section(struct obj *o, struct obj_prog *p, const char *section) MUST_USE;

/* ---- global variables ------------------------------------------------------------------------ */

struct obj_var {
	const char *name;   /* borrowed from obj->btf */
	uint32_t map;       /* index: a data section or the arena */
	uint32_t off, size; /* in its data */
	uint32_t type;      /* in obj->btf */
};

/* In order of map and place; false after the last. Objects without BTF have none. */
bool obj_var_next(const struct obj *o, size_t i, struct obj_var *ret_var);
bool obj_var_find(const struct obj *o, const char *name, struct obj_var *ret_var);
/*
 * Before the maps are created: "12", "-0x3", "'c'", "true", an enumerator's name, "text" for char
 * arrays, 1,2,3 for arrays, or 0x... with all bytes of anything. Of .kconfig variables too, which
 * goes before what the target says.
 */
int obj_var_set(struct obj *o, const char *name, const char *value, struct diag *d) MUST_USE;

/* The bytes of a data section's map may become more, as its last variable is an array of some
 * length: [0] or not. attr.value_type is then 0 unless BTF could be changed as well. */
int obj_map_resize(struct obj *o, struct obj_map *m, uint32_t value_size, struct diag *d) MUST_USE;

/* ---- for a kernel ---------------------------------------------------------------------------- */

struct obj_target_module {
	const char *name;
	const struct btf *btf; /* split, on top of vmlinux */
};

/* What a ksym or kfunc is, for kernels whose BTF does not say: the embedded engine's. */
struct obj_ksym {
	uint64_t addr;   /* KSYM */
	uint32_t btf_id; /* TYPED, KFUNC: goes into the instruction */
};

struct obj_target {
	/*
	 * What CO-RE relocations, typed ksyms, kfuncs, struct_ops and attach targets are resolved
	 * against. NULL: there is no kernel to ask. CO-RE relocations are then resolved against the
	 * object's own types, which is to keep what was compiled in and to say that all of it
	 * exists; kfuncs and typed ksyms are asked of find(); attach_btf stays 0.
	 */
	const struct btf *vmlinux;
	const struct obj_target_module *module;
	size_t n_modules;
	uint32_t
		version; /* a.b.c as KERNEL_VERSION(a, b, c); 0: LINUX_KERNEL_VERSION is an error */
	const char *kconfig; /* text as of /proc/config.gz, not compressed: obj_kconfig_read() */
	size_t kconfig_len;
	const char *kconfig_set; /* lines of the same kind that go before it; NULL */
	bool cookie;             /* LINUX_HAS_BPF_COOKIE */
	bool syscall_wrapper;    /* LINUX_HAS_SYSCALL_WRAPPER */
	/* Addresses of typeless ksyms, and what BTF does not know. 0, -ENOENT, or an error, which
	 * ends it; NULL: there are none. */
	int (*find)(void *ctx, const struct obj_extern *e, struct obj_ksym *ret);
	void *ctx;
};

/*
 * Once per object, whether it succeeds or not; after it the fields marked so are made. What
 * programs with `load` unset need is not looked for. A relocation that cannot be is an error for those kinds
 * for which it is one in libbpf, and else becomes an instruction that the verifier refuses if it
 * gets there, listed in p->poison.
 */
int obj_prepare(struct obj *o, const struct obj_target *t, struct diag *d) MUST_USE;

/*
 * Finished code with descriptors in it: map_fd[i] for o->map.at[i], -1 if it was not created, which
 * poisons the instruction as libbpf does; module_fd[i] for o->module.at[i]. Exactly libbpf's bytes.
 */
void obj_prog_code(const struct obj_prog *p, const int *map_fd, const int *module_fd,
		   struct insn *ret_insns);

/* Bytes that belong to the caller: obj_bytes_done(). */
struct obj_bytes {
	uint8_t *data;
	size_t size;
};
void obj_bytes_done(struct obj_bytes *b);

/*
 * The object's BTF as BTF_LOAD takes it: sizes and offsets of sections filled in, externs turned
 * into variables, functions made static that are hidden. features: what the kernel knows of BTF;
 * OBJ_BTF_ALL for all of it. -ENOENT: the object has no BTF.
 */
enum obj_btf_feature {
	OBJ_BTF_FUNC = 1,        /* 5.0 */
	OBJ_BTF_DATASEC = 2,     /* 5.2, with VAR */
	OBJ_BTF_FUNC_GLOBAL = 4, /* 5.6 */
	OBJ_BTF_FLOAT = 8,       /* 5.13 */
	OBJ_BTF_DECL_TAG = 16,   /* 5.16 */
	OBJ_BTF_TYPE_TAG = 32,   /* 5.17 */
	OBJ_BTF_ENUM64 = 64,     /* 6.0, with signed enums */
	OBJ_BTF_QMARK = 128,     /* 6.9: "?" in the names of sections */
	OBJ_BTF_ALL = 255,
};
unsigned obj_btf_features(uint16_t kernel); /* ABI_KERNEL() */
int obj_btf(const struct obj *o, unsigned features, struct diag *d,
	    struct obj_bytes *ret_bytes) MUST_USE;

/*
 * The running kernel's configuration as text, from path (compressed or not), or if NULL from
 * /boot/config-RELEASE or /proc/config.gz. -ENOENT: there is none.
 */
int obj_kconfig_read(const char *path, struct diag *d, struct str *ret_text) MUST_USE;

/* ---- made by front ends ---------------------------------------------------------------------- */

/* An empty object; strings given to these four are copied. All return an index, or -errno. */
int obj_new(const char *name, struct obj **ret_obj) MUST_USE;
int obj_set_license(struct obj *o, const char *license) MUST_USE;
/* btf is the object's from now on. Its VARs and DATASECs are what obj_write needs. */
void obj_set_btf(struct obj *o, struct btf *btf);
/* Relocations, types, infos are the caller's to set; arrays in o->arena. */
int obj_add_prog(struct obj *o, const char *name, const char *section, const struct insn *at,
		 uint32_t n) MUST_USE;
int obj_add_map(struct obj *o, const char *name, const struct obj_map_attr *attr) MUST_USE;
int obj_add_extern(struct obj *o, const char *name, enum obj_extern_kind kind, bool weak) MUST_USE;
/* A data section's map: kind DATA, RODATA or BSS; data may be NULL: zeros. */
int obj_add_data(struct obj *o, const char *section, const void *data, uint32_t size) MUST_USE;

/* ---- ELF out --------------------------------------------------------------------------------- */

/* Standard BPF ELF: what libbpf, bpftool and cilium/ebpf open, and obj_open() reads as the same. */
int obj_write(const struct obj *o, struct diag *d, struct obj_bytes *ret_bytes) MUST_USE;

/*
 * Static linking, as libbpf's linker does it: sections of the same name one after the other,
 * symbols resolved (static, weak, hidden, extern), BTF merged without doubles, .BTF.ext with it.
 */
int obj_link(struct obj *const *objs, size_t n, struct diag *d,
	     struct obj_bytes *ret_bytes) MUST_USE;

/* ---- generated ------------------------------------------------------------------------------- */

/* The text of NAME.skel.h, with `elf` in it; a libbpf program compiles and runs with it. */
int obj_skeleton(const struct obj *o, const char *name, const void *elf, size_t size,
		 struct str *out) MUST_USE;
/* Of `vmlinux` only what the objects' CO-RE relocations need: BTF to ship beside them. */
int obj_min_core_btf(struct obj *const *objs, size_t n, const struct btf *vmlinux, struct diag *d,
		     struct obj_bytes *ret_bytes) MUST_USE;

#endif

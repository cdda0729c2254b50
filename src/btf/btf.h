/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * btf: the one type system of the program.
 *
 *   wire     the records of the format                        kind.def core_kind.def
 *   read     open lazily, look up types, names, fields        read.c swap.c find.c type.c
 *   check    what the kernel says to it                       check.c check_*.c
 *   ext      .BTF.ext: functions, lines, relocations          ext.c
 *   build    new types, copies, bytes out                     build.c build_copy.c names.c
 *   dedup    one of each type                                 dedup.c
 *   visit    the ids and names within a record                visit.c
 *   raw      as text and JSON, one record per line            raw.c
 *   c        as C: a type, a declaration, a vmlinux.h         c.c c_decl.c c_sort.c
 *   value    bytes of a type as text or JSON, and from JSON   value.c show.c parse.c bytes.c
 *   core     CO-RE: fields of one kernel found in another     core.c core_spec.c core_type.c
 *
 * A type is an id in a `struct btf`; 0 is void, and what look-ups return for "none" where void
 * cannot be meant. Ids of a split BTF go on from those of its base, whose types it may name.
 *
 * What was not checked (btf_check, btf_shape) is safe to read all the same: every record is looked
 * at only after it was seen to be whole, an id or name out of range gives NULL or "", and chains
 * that never end are given up after BTF_DEPTH_MAX steps.
 *
 * A struct btf fills its indexes as it is asked, so only one thread may ask it at a time, unless
 * btf_index() was called, after which any number may.
 */
#ifndef SKEP_BTF_H
#define SKEP_BTF_H

#include "base/base.h"

/* ---- wire ------------------------------------------------------------------------------------ */

enum {
	BTF_MAGIC = 0xeb9f,
	BTF_VERSION = 1,
	BTF_TYPE_MAX = 0x000fffff, /* the kernel's ceilings: ids, bytes of names, members */
	BTF_NAME_MAX = 0x00ffffff,
	BTF_VLEN_MAX = 0xffff,
	BTF_SIZE_MAX = 16 << 20, /* of one BTF that the kernel loads */
	BTF_DEPTH_MAX = 32,	 /* of chains of modifiers, arrays and nested structs */
};

enum btf_kind {
	BTF_VOID = 0, /* id 0 alone */
#define KIND(number, NAME, ...) BTF_##NAME = (number),
#include "btf/kind.def"
	_BTF_KIND_MAX
};

#define BTF_BIT(NAME) (1u << BTF_##NAME)

enum { /* sets of kinds */
	BTF_ANY = 0, /* for btf_find: of whichever kind */
	BTF_STRUCTS = BTF_BIT(STRUCT) | BTF_BIT(UNION),
	BTF_ENUMS = BTF_BIT(ENUM) | BTF_BIT(ENUM64),
	BTF_MODIFIERS = BTF_BIT(VOLATILE) | BTF_BIT(CONST) | BTF_BIT(RESTRICT) | BTF_BIT(TYPE_TAG),
	BTF_ALIASES = BTF_MODIFIERS | BTF_BIT(TYPEDEF), /* what does not change the layout */
};

struct btf_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len;
	uint32_t type_off, type_len; /* from the header's end, as the next two */
	uint32_t str_off, str_len;
};

struct btf_type {
	uint32_t name_off;
	uint32_t info; /* 0-15 vlen, 24-28 kind, 31 kind_flag */
	union {
		uint32_t size;
		uint32_t type;
	};
};

struct btf_array { uint32_t elem, index, n; };
struct btf_member { uint32_t name_off, type, offset; }; /* kind_flag: offset = bits << 24 | bit offset */
struct btf_enum { uint32_t name_off; int32_t val; };
struct btf_enum64 { uint32_t name_off, lo, hi; };
struct btf_param { uint32_t name_off, type; };
struct btf_secinfo { uint32_t type, offset, size; };

/* The word behind an INT: 24-27 encoding, 16-23 bit offset, 0-7 bits. */
#define BTF_INT_ENCODING(v) ((v) >> 24 & 15)
#define BTF_INT_OFFSET(v) ((v) >> 16 & 255)
#define BTF_INT_BITS(v) ((v) & 255)
enum { BTF_INT_SIGNED = 1, BTF_INT_CHAR = 2, BTF_INT_BOOL = 4 };
enum btf_linkage { BTF_STATIC, BTF_GLOBAL, BTF_EXTERN }; /* of FUNC (its vlen) and VAR */

static inline enum btf_kind btf_kind(const struct btf_type *t)
{
	return (enum btf_kind)(t->info >> 24 & 31);
}
static inline uint32_t btf_vlen(const struct btf_type *t) { return t->info & BTF_VLEN_MAX; }
static inline bool btf_kflag(const struct btf_type *t) { return t->info >> 31; }
static inline bool btf_is(const struct btf_type *t, uint32_t kinds)
{
	return t && kinds >> btf_kind(t) & 1;
}
static inline uint32_t btf_info(enum btf_kind kind, bool kflag, uint32_t vlen)
{
	return (uint32_t)kflag << 31 | (uint32_t)kind << 24 | vlen;
}

/* What stands behind the header of a type of that kind; any other is the caller's bug. */
static inline const uint32_t *btf_word(const struct btf_type *t) /* INT, VAR, DECL_TAG */
{
	return (const uint32_t *)(t + 1);
}
static inline const struct btf_array *btf_array(const struct btf_type *t)
{
	return (const struct btf_array *)(t + 1);
}
static inline const struct btf_member *btf_members(const struct btf_type *t)
{
	return (const struct btf_member *)(t + 1);
}
static inline const struct btf_enum *btf_enums(const struct btf_type *t)
{
	return (const struct btf_enum *)(t + 1);
}
static inline const struct btf_enum64 *btf_enums64(const struct btf_type *t)
{
	return (const struct btf_enum64 *)(t + 1);
}
static inline const struct btf_param *btf_params(const struct btf_type *t) /* FUNC_PROTO */
{
	return (const struct btf_param *)(t + 1);
}
static inline const struct btf_secinfo *btf_secinfos(const struct btf_type *t) /* DATASEC */
{
	return (const struct btf_secinfo *)(t + 1);
}
static inline uint32_t btf_member_bit_offset(const struct btf_type *t, uint32_t i)
{
	uint32_t offset = btf_members(t)[i].offset;

	return btf_kflag(t) ? offset & 0xffffff : offset;
}
static inline uint32_t btf_member_bits(const struct btf_type *t, uint32_t i) /* 0: no bitfield */
{
	return btf_kflag(t) ? btf_members(t)[i].offset >> 24 : 0;
}
/* An ENUM's or ENUM64's value, sign-extended where the enum is signed. */
int64_t btf_enum_value(const struct btf_type *t, uint32_t i);
uint32_t btf_enum_name(const struct btf_type *t, uint32_t i); /* name_off */

const char *btf_kind_name(enum btf_kind kind); /* "FUNC_PROTO"; "UNKN" for void and what is none */
const char *btf_kind_since(enum btf_kind kind); /* "5.13"; NULL for what is none */
int btf_kind_by_name(const char *name, size_t len); /* in either case; -1: none */
size_t btf_type_bytes(const struct btf_type *t); /* the whole record; 0: no known kind */

/* ---- read ------------------------------------------------------------------------------------ */

struct btf; /* counted */

/*
 * A raw BTF file (/sys/kernel/btf/vmlinux is mapped, not copied) or an ELF with a .BTF section. The
 * base, of a module's BTF, may be NULL. The other byte order is converted into a copy. -ENOENT etc.:
 * the file; -ENODATA: an ELF without BTF; -EINVAL: not BTF. Only the header is looked at: follow up
 * with btf_check or btf_shape where a fault should be told rather than read as an end.
 */
int btf_open(const char *path, struct btf *base, struct diag *d, struct btf **ret_btf) MUST_USE;
/* The bytes are copied... */
int btf_read(const void *bytes, size_t n, struct btf *base, struct diag *d,
	     struct btf **ret_btf) MUST_USE;
/* ...or stay the caller's, 4-byte aligned, until the last reference is gone. */
int btf_borrow(const void *bytes, size_t n, struct btf *base, struct diag *d,
	       struct btf **ret_btf) MUST_USE;
struct btf *btf_ref(struct btf *b); /* atomic; NULL stays NULL */
void btf_unref(struct btf *b);
struct btf *btf_base(const struct btf *b); /* borrowed; NULL: none */
/* As it was read, in our byte order: what is given to the kernel. */
const void *btf_bytes(const struct btf *b, size_t *ret_n);
bool btf_swapped(const struct btf *b); /* it came in the other byte order */
const char *btf_label(const struct btf *b); /* the path, or "BTF": where diagnostics say faults are */
int btf_set_label(struct btf *b, const char *label) MUST_USE;
/* Fills the indexes now: look-ups by name are fast and threads may share it. */
int btf_index(const struct btf *b) MUST_USE;

uint32_t btf_count(const struct btf *b); /* ids are below it; 1 for an empty one; base included */
uint32_t btf_first(const struct btf *b); /* of its own types: 1, or btf_count(base) */
const struct btf_type *btf_type(const struct btf *b, uint32_t id); /* NULL: none; 0: void's */
const char *btf_str(const struct btf *b, uint32_t off); /* "" when out of range */
uint32_t btf_str_len(const struct btf *b); /* end of the string offsets, base included */
static inline const char *btf_name(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = btf_type(b, id);

	return t ? btf_str(b, t->name_off) : "";
}
static inline enum btf_kind btf_kind_of(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = btf_type(b, id);

	return t ? btf_kind(t) : BTF_VOID;
}

/* for btf_each(b, id) looks at b's own types; those of the base have their own loop. */
#define btf_each(b, id) (uint32_t id = btf_first(b); btf_type((b), id); id++)

/* The first type of that name and of one of those kinds (BTF_STRUCTS, 0 = any), the base's first. */
uint32_t btf_find(const struct btf *b, const char *name, uint32_t kinds);
/* The next one, with an id above `after`. */
uint32_t btf_find_next(const struct btf *b, const char *name, uint32_t kinds, uint32_t after);
/* Such names that are near to a wrong one, for "did you mean"; NULL: none. */
const char *btf_near(const struct btf *b, const char *name, uint32_t kinds);
/* "struct foo", "union u", "enum e", or "foo": of any kind but functions and variables; 0: none. */
uint32_t btf_find_c(const struct btf *b, const char *c_name);
/* The VAR in a DATASEC of that name with that name; *ret_sec (may be NULL) is its place. */
uint32_t btf_find_var(const struct btf *b, const char *section, const char *name,
		      struct btf_secinfo *ret_sec);

uint32_t btf_strip(const struct btf *b, uint32_t id, uint32_t kinds); /* follows TYPE of those kinds */
static inline uint32_t btf_resolve(const struct btf *b, uint32_t id) /* no modifiers, no typedefs */
{
	return btf_strip(b, id, BTF_ALIASES);
}
/* Bytes; pointers are 8. -EINVAL: it has no size (void, functions, a loop); -E2BIG: past 4 GiB. */
int64_t btf_size(const struct btf *b, uint32_t id);
/* Bytes: the greatest of its parts, 1 for a packed struct; 0: it has none. */
uint32_t btf_align(const struct btf *b, uint32_t id);
bool btf_signed(const struct btf *b, uint32_t id); /* an integer or enum, aliases aside */
/* The FUNC_PROTO of a FUNC, a pointer to one, or itself; NULL: none. */
const struct btf_type *btf_proto(const struct btf *b, uint32_t id);
/* Whether some decl tag of the type (component -1) or of a part has that text; "prefix*" too. */
bool btf_has_tag(const struct btf *b, uint32_t id, int component, const char *tag);

struct btf_field {
	const char *name;  /* borrowed; "" for an array's element or an anonymous part */
	uint32_t type;	   /* as declared, with its modifiers */
	uint32_t index;	   /* the member's or element's number */
	uint64_t bit_off;  /* from where the look-up began */
	uint32_t bit_size; /* of a bitfield, else 0 */
};

/* The ith member; false: there is none. The struct may stand behind typedefs. */
bool btf_field_at(const struct btf *b, uint32_t id, uint32_t i, struct btf_field *ret_field);
/* By name, also within anonymous members. */
bool btf_field(const struct btf *b, uint32_t id, const char *name, struct btf_field *ret_field);
/*
 * A path "a.b[3].c" (an empty one is the type itself; "->" passes for "." only where no pointer has
 * to be followed). Reports what is wrong with its place in the path, and the nearest name.
 */
int btf_path(const struct btf *b, uint32_t id, const char *path, struct diag *d,
	     struct btf_field *ret_field) MUST_USE;

/* ---- check ----------------------------------------------------------------------------------- */

/*
 * As BPF_BTF_LOAD and the kernel's module loader: 0 or the kernel's errno; the diagnostic's text is
 * the kernel's log line ("[5] STRUCT foo size=8 vlen=1 Invalid member"), at the type's offset.
 */
int btf_check(const struct btf *b, struct diag *d) MUST_USE;
/* The same of bytes, which may not even be BTF. *ret_btf (may be NULL): a copy that passed. */
int btf_check_bytes(const void *bytes, size_t n, struct btf *base, struct diag *d,
		    struct btf **ret_btf) MUST_USE;
/* The same with all the lines of the kernel's log (BTF_LOAD, log_level 1). */
int btf_check_log(const void *bytes, size_t n, struct btf *base, struct str *log, struct diag *d,
		  struct btf **ret_btf) MUST_USE;
/*
 * Less: all records whole, of known kinds, ids and names in range. What the kernel's own BTF and
 * objects of any compiler must be; objects break btf_check before they are relocated (a DATASEC
 * has no size yet).
 */
int btf_shape(const struct btf *b, struct diag *d) MUST_USE;

/* ---- ext ------------------------------------------------------------------------------------- */

enum btf_ext_kind { BTF_EXT_FUNC, BTF_EXT_LINE, BTF_EXT_CORE, _BTF_EXT_MAX };

struct btf_func_info { uint32_t insn_off, type; };
struct btf_line_info { uint32_t insn_off, file_off, line_off, line_col; };
#define BTF_LINE(line_col) ((line_col) >> 10)
#define BTF_COLUMN(line_col) ((line_col) & 1023)
struct btf_core_relo { uint32_t insn_off, type, access_off, kind; };

struct btf_ext;

/* One ELF section's records of one kind. insn_off is in bytes, as the object has it. */
struct btf_ext_sec {
	uint32_t name_off; /* in the BTF's strings: the section's name */
	uint32_t n, size;  /* records; bytes of one, at least what we know of it */
	const uint8_t *at; /* borrowed */
};

/* Copied. All of it is bounds-checked here; names and types are not looked up. */
int btf_ext_read(const void *bytes, size_t n, struct diag *d, struct btf_ext **ret_ext) MUST_USE;
void btf_ext_free(struct btf_ext *e);
uint32_t btf_ext_sections(const struct btf_ext *e, enum btf_ext_kind kind);
const struct btf_ext_sec *btf_ext_section(const struct btf_ext *e, enum btf_ext_kind kind,
					  uint32_t i);
const struct btf_ext_sec *btf_ext_find(const struct btf_ext *e, enum btf_ext_kind kind,
				       const struct btf *b, const char *section); /* NULL: none */
static inline const void *btf_ext_record(const struct btf_ext_sec *s, uint32_t i)
{
	assert(i < s->n);
	return s->at + (size_t)i * s->size;
}

/* The records of one section name, to be written: sorted by insn_off here. */
struct btf_ext_build;
struct btf_ext_build *btf_ext_build_new(void); /* NULL: no memory */
void btf_ext_build_free(struct btf_ext_build *eb);
/* record: a struct btf_func_info, btf_line_info or btf_core_relo. The first failure sticks. */
void btf_ext_build_add(struct btf_ext_build *eb, enum btf_ext_kind kind, uint32_t section_name_off,
		       const void *record);
int btf_ext_build_done(struct btf_ext_build *eb, struct str *ret_bytes) MUST_USE;

/* ---- build ----------------------------------------------------------------------------------- */

/*
 * New types. Names may be NULL or "" for none. Everything returns an id (or a string's offset); the
 * first failure sticks, after which 0 is returned: ask btf_build_err() once at the end. Members may
 * be added to any struct, enum, proto or datasec at any time.
 */
struct btf_build;

enum btf_build_flag {
	BTF_BUILD_CONS = 1, /* INT, PTR, ARRAY, FLOAT, modifiers, typedefs: one of each */
};

struct btf_build *btf_build_new(struct btf *base, unsigned flags); /* NULL: no memory */
void btf_build_free(struct btf_build *bb);
int btf_build_err(const struct btf_build *bb); /* 0, -ENOMEM, -E2BIG (ceilings), -EINVAL */
/* What was built so far, to be read; borrowed, it grows with the builder. */
const struct btf *btf_build_view(const struct btf_build *bb);
uint32_t btf_build_str(struct btf_build *bb, const char *s);

uint32_t btf_build_int(struct btf_build *bb, const char *name, uint32_t bytes, unsigned encoding);
uint32_t btf_build_float(struct btf_build *bb, const char *name, uint32_t bytes);
/* PTR, VOLATILE, CONST, RESTRICT; TYPEDEF and TYPE_TAG with a name. */
uint32_t btf_build_to(struct btf_build *bb, enum btf_kind kind, const char *name, uint32_t type);
uint32_t btf_build_array(struct btf_build *bb, uint32_t elem, uint32_t index_type, uint32_t n);
uint32_t btf_build_fwd(struct btf_build *bb, const char *name, bool is_union);
uint32_t btf_build_struct(struct btf_build *bb, enum btf_kind kind, const char *name,
			  uint32_t bytes); /* STRUCT, UNION */
void btf_build_member(struct btf_build *bb, uint32_t in, const char *name, uint32_t type,
		      uint32_t bit_off, uint32_t bits); /* bits: 0 but for bitfields */
uint32_t btf_build_enum(struct btf_build *bb, enum btf_kind kind, const char *name, uint32_t bytes,
			bool is_signed); /* ENUM, ENUM64 */
void btf_build_value(struct btf_build *bb, uint32_t in, const char *name, int64_t value);
uint32_t btf_build_proto(struct btf_build *bb, uint32_t returns);
void btf_build_param(struct btf_build *bb, uint32_t in, const char *name, uint32_t type);
uint32_t btf_build_func(struct btf_build *bb, const char *name, uint32_t proto,
			enum btf_linkage linkage);
uint32_t btf_build_var(struct btf_build *bb, const char *name, uint32_t type,
		       enum btf_linkage linkage);
uint32_t btf_build_datasec(struct btf_build *bb, const char *name, uint32_t bytes);
void btf_build_secinfo(struct btf_build *bb, uint32_t in, uint32_t var, uint32_t off,
		       uint32_t bytes);
uint32_t btf_build_decl_tag(struct btf_build *bb, const char *tag, uint32_t type, int component);
/* Any record, as it is but for the names, which are `from`'s; ids in it are the builder's. */
uint32_t btf_build_copy(struct btf_build *bb, const struct btf *from, const struct btf_type *t);

/* To change what stands there: sizes of datasecs, the target of a pointer; NULL: not an own type. */
struct btf_type *btf_build_edit(struct btf_build *bb, uint32_t id);
/* DATASEC members by offset, as the kernel wants them. */
void btf_build_sort_datasec(struct btf_build *bb, uint32_t id);

/*
 * All own types of another BTF, with their names. ret_first is the id of its first one: ids of its
 * own types are shifted by ret_first - btf_first(from), those of a common base stay.
 */
int btf_build_append(struct btf_build *bb, const struct btf *from, uint32_t *ret_first) MUST_USE;
/*
 * One type and all it needs, into `map`, an array of btf_count(from) ids that the caller keeps
 * between calls (0: not copied yet). Returns the new id.
 */
uint32_t btf_build_import(struct btf_build *bb, const struct btf *from, uint32_t id, uint32_t *map);
/* Header, types, strings. */
int btf_build_bytes(const struct btf_build *bb, struct str *ret_bytes) MUST_USE;
/* The same, read again. */
int btf_build_done(const struct btf_build *bb, struct btf **ret_btf) MUST_USE;

/* ---- dedup ----------------------------------------------------------------------------------- */

/*
 * One of each of b's own types, equivalent ones of its base in their place: as pahole and linkers
 * do. *ret_build has the result (its names too: add those of .BTF.ext to it); *ret_map, owned by the
 * caller, to be freed by mem_free, has the new id of each id below btf_count(b).
 */
int btf_dedup(const struct btf *b, struct btf_build **ret_build, uint32_t **ret_map) MUST_USE;

/* ---- visit ----------------------------------------------------------------------------------- */

/* Every id, and every name offset, that a record holds, to be read or replaced. */
typedef int btf_visit_fn(void *ctx, uint32_t *word); /* not 0: ends it, and is returned */
int btf_visit_ids(struct btf_type *t, btf_visit_fn *fn, void *ctx);
int btf_visit_names(struct btf_type *t, btf_visit_fn *fn, void *ctx);

/* ---- raw ------------------------------------------------------------------------------------- */

/* bpftool's lines: "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n" and members. */
void btf_raw_type(const struct btf *b, uint32_t id, struct str *s);
/* bpftool's JSON object of it, through o in JSON. */
void btf_raw_out(const struct btf *b, uint32_t id, struct out *o);

/* ---- c --------------------------------------------------------------------------------------- */

struct btf_c_options {
	const uint32_t *roots; /* borrowed: these and what they need; NULL: everything */
	uint32_t n;
	bool unsorted;	  /* in the order of ids, as bpftool's "unsorted" */
	bool plain;	  /* only the types: no guard, no pragma, no kfuncs */
	const char *guard; /* NULL: __VMLINUX_H__ */
};

/* A header that declares the types, each after those it needs: bpftool's "format c". */
int btf_c_header(const struct btf *b, const struct btf_c_options *opt, struct diag *d,
		 struct str *ret_text) MUST_USE;
/* "struct foo {\n\tint a;\n};\n" alone; of a typedef, func or var, its declaration. */
int btf_c_definition(const struct btf *b, uint32_t id, struct str *s) MUST_USE;
/* "const struct foo *name[4]", "int (*name)(void)"; name may be "". */
int btf_c_declare(const struct btf *b, uint32_t id, const char *name, struct str *s) MUST_USE;
/* The same without a name, for messages: "struct foo *". */
int btf_c_name(const struct btf *b, uint32_t id, struct str *s) MUST_USE;
/* The bytes of a DATASEC as "struct { int a; char pad[4]; long b; }", for skeletons: members only. */
int btf_c_datasec(const struct btf *b, uint32_t id, unsigned indent, struct str *s) MUST_USE;

/* ---- value ----------------------------------------------------------------------------------- */

/*
 * The value of a type at `data` (n bytes; reading past them gives -EFAULT and an error in o's
 * place), as bpftool's map dump has it: structs as objects, char arrays that hold text as strings,
 * enums by name, pointers in hex. name: NULL inside arrays and at the top.
 */
int btf_value_out(const struct btf *b, uint32_t id, const void *data, size_t n, struct out *o,
		  const char *name) MUST_USE;

enum btf_show_flag { /* BTF_F_* of the kernel */
	BTF_SHOW_COMPACT = 1,
	BTF_SHOW_NONAME = 2,
	BTF_SHOW_PTR_RAW = 4,
	BTF_SHOW_ZERO = 8,
};

/* The kernel's text of it: bpf_snprintf_btf, map files of bpffs. Pointers are hashed unless PTR_RAW. */
int btf_show(const struct btf *b, uint32_t id, const void *data, size_t n, unsigned flags,
	     struct str *s) MUST_USE;

/*
 * The bytes of a value from JSON text: all of `data` is set, fields that are not given are 0. Enums
 * by name or number, numbers also as strings ("0x1f"), text or arrays into char arrays, bytes as
 * arrays; {"field": ...} or [in order] for structs. What does not fit is reported with its place
 * in `json`.
 */
int btf_value_parse(const struct btf *b, uint32_t id, const struct src *json, struct diag *d,
		    void *data, size_t n) MUST_USE;

/* ---- core ------------------------------------------------------------------------------------ */

enum btf_core_kind {
#define CORE(number, NAME, ...) BTF_CORE_##NAME = (number),
#include "btf/core_kind.def"
	_BTF_CORE_MAX
};

const char *btf_core_kind_name(unsigned kind); /* "byte_off"; "unknown" */

enum { BTF_CORE_SPEC_MAX = 64 };

/* An access string read by the types of one BTF. */
struct btf_core_step {
	uint32_t type; /* the struct or array it goes into */
	uint32_t index; /* of the member or element */
	const char *name; /* borrowed; NULL: an array's element */
};

struct btf_core_spec {
	const struct btf *b;
	uint32_t root;				     /* type it begins at */
	uint8_t kind;				     /* enum btf_core_kind */
	uint8_t n;				     /* steps that have a meaning in C: anonymous ones left out */
	uint8_t raw_n;				     /* indexes in the access string */
	uint32_t bit_off;			     /* of the field */
	struct btf_core_step step[BTF_CORE_SPEC_MAX];
	uint32_t raw[BTF_CORE_SPEC_MAX];
};

/* What to do with one instruction; libbpf's bpf_core_relo_res. */
struct btf_core_result {
	uint64_t old_value, new_value; /* what the instruction has, what it shall have */
	uint32_t old_size, new_size;   /* bytes of the field, for loads and stores of byte_off */
	uint32_t old_type, new_type;   /* of the field, or of the type itself */
	bool poison;		       /* nothing in the target is meant: the instruction must not run */
	bool validate;		       /* the instruction's value must be old_value */
	bool fail_mem_size;	       /* its size cannot be changed: signed, or not an integer */
	bool has_target;	       /* `target` is filled in */
	struct btf_core_spec local, target;
	const struct btf *target_btf;  /* borrowed: where it was found */
	uint32_t candidates;	       /* that matched */
};

/*
 * A resolver: where to look (the kernel's BTF; then, only if it has no type of that name, those that
 * `more` gives: modules), and what was found for each local type so far.
 */
struct btf_core;

/* 0, 1 (there is no ith), or -errno; *ret_btf is borrowed from the giver and outlives the resolver. */
typedef int btf_core_more_fn(void *ctx, uint32_t i, const struct btf **ret_btf);

struct btf_core *btf_core_new(const struct btf *target, btf_core_more_fn *more,
			      void *ctx); /* NULL: no memory */
void btf_core_free(struct btf_core *c);
/*
 * One relocation of an object whose types are `local`. `where` is what diagnostics point at. 0 with
 * *ret_result filled in, also for what has to be poisoned; -EINVAL: bad or ambiguous, reported.
 */
int btf_core_resolve(struct btf_core *c, const struct btf *local, const struct btf_core_relo *relo,
		     struct diag_where where, struct diag *d,
		     struct btf_core_result *ret_result) MUST_USE;
/* "<byte_off> [12] struct task_struct.pid (0:3 @ offset 16)": libbpf's words. */
void btf_core_spec_text(const struct btf_core_spec *spec, struct str *s);
/* The parts of it: reading an access string, and matching it with one type of a target. */
int btf_core_spec_parse(const struct btf *local, uint32_t type, const char *access, unsigned kind,
			struct btf_core_spec *ret_spec) MUST_USE;
/* 1: it matches, 0: not, or -errno. */
int btf_core_match(const struct btf_core_spec *local, const struct btf *target, uint32_t type,
		   struct btf_core_spec *ret_target) MUST_USE;
/* Whether two types may stand for each other (kind 8), and whether they match (kind 12): 1, 0, -errno. */
int btf_core_compatible(const struct btf *local, uint32_t id, const struct btf *target,
			uint32_t target_id) MUST_USE;
int btf_core_types_match(const struct btf *local, uint32_t id, const struct btf *target,
			 uint32_t target_id) MUST_USE;
size_t btf_core_essential(const char *name); /* its length without a flavour: "foo___v2" -> 3 */

#endif

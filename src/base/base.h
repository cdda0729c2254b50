/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * base: what every other module stands on.
 *
 *   mem     the one allocator, with fault injection       mem.c
 *   arena   memory that is freed all at once              mem.c
 *   VEC     a typed vector with a ceiling                 mem.c
 *   str     a string builder with a ceiling               str.c
 *   hash    bytes -> 64-bit value, in insertion order     hash.c
 *   bits    a set of small integers                       bits.c
 *   src     a text and the positions in it                src.c
 *   diag    what went wrong, where, and what to do        diag.c diag_text.c
 *   file    whole files in and out                        file.c
 *   out     one tree, rendered as aligned text or JSON    out.c out_text.c
 *   num     numbers, sizes and durations                  num.c
 *   near    the nearest of several names                  near.c
 *   opt     the table-driven command line                 opt.c opt_help.c opt_complete.c
 *
 * Nothing in here prints or exits. Fallible functions return 0 or a negative errno, and leave their
 * ret_ parameters untouched when they fail. Everything that grows has a ceiling, and reaching it is
 * an ordinary error (-E2BIG).
 */
#ifndef SKEP_BASE_H
#define SKEP_BASE_H

#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define ALIGN_UP(x, to) (((x) + ((to) - 1)) & ~(__typeof__(x))((to) - 1))

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE __attribute__((warn_unused_result))
#define COLD __attribute__((cold, noinline))

/* "The table and the switch disagree": kept in release builds, never a reaction to input. */
#define bug(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn COLD void bug_at(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* ---- mem ------------------------------------------------------------------------------------ */

/* Zeroed memory or NULL. These four are the only callers of malloc, realloc and free in Skep. */
void *mem_alloc(size_t size) MUST_USE;
void *mem_alloc_array(size_t n, size_t size) MUST_USE;
void *mem_realloc(void *p, size_t size) MUST_USE; /* the grown part is not zeroed */
void mem_free(void *p);

/* The nth allocation from now (counted from 1) and all that follow fail; 0 ends it. Tests only. */
void mem_fail_from(uint64_t nth);
uint64_t mem_fail_count(void); /* allocations seen since mem_fail_from */
int64_t mem_live(void); /* allocated and not freed; -1 where builds do not count */

/* ---- arena ---------------------------------------------------------------------------------- */

/*
 * With `out` set, running out of memory or past `max` longjmps there with -ENOMEM or -E2BIG, which
 * is how the batch modules do without cleanup code; without it the allocation returns NULL.
 */
struct arena {
	struct arena_chunk *chunk; /* owned: the newest, linked to the older ones */
	char *at, *end;		   /* what is left of it */
	size_t used, max;	   /* bytes handed out; the ceiling */
	jmp_buf *out;		   /* borrowed */
	int err;		   /* why the last allocation failed: -ENOMEM or -E2BIG */
};

void arena_init(struct arena *a, size_t max);
void arena_done(struct arena *a);
void arena_reset(struct arena *a); /* forget all that was allocated, keep the newest chunk */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, 16-byte aligned */
void *arena_alloc_array(struct arena *a, size_t n, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* ---- vector --------------------------------------------------------------------------------- */

/*
 * VEC(struct foo) v = VEC_INIT(1000);     at most 1000 elements, on the heap
 * VEC(struct foo) v = VEC_IN(&arena, 1000);   ... in an arena, never freed by itself
 * if (vec_push(&v, foo) < 0) ...
 */
#define VEC(type) struct { type *at; size_t n, cap, max; struct arena *arena; }
#define VEC_INIT(ceiling) { .max = (ceiling) }
#define VEC_IN(a, ceiling) { .max = (ceiling), .arena = (a) }

#define vec_reserve(v, want)                                                                       \
	((want) <= (v)->cap ? 0                                                                    \
			    : vec_grow_((void **)&(v)->at, &(v)->cap, (v)->n, (want), (v)->max,    \
					sizeof(*(v)->at), (v)->arena))
#define vec_push(v, ...)                                                                           \
	({                                                                                         \
		int vec_err_ = vec_reserve((v), (v)->n + 1);                                       \
		if (!vec_err_)                                                                     \
			(v)->at[(v)->n++] = (__VA_ARGS__);                                         \
		vec_err_;                                                                          \
	})
#define vec_last(v) ((v)->at[(v)->n - 1])
#define vec_each(v, p) (__auto_type p = (v)->at; p && p < (v)->at + (v)->n; p++)
#define vec_done(v)                                                                                \
	do {                                                                                       \
		if (!(v)->arena)                                                                   \
			mem_free((v)->at);                                                         \
		(v)->at = NULL;                                                                    \
		(v)->n = (v)->cap = 0;                                                             \
	} while (0)
int vec_grow_(void **at, size_t *cap, size_t n, size_t want, size_t max, size_t size,
	      struct arena *arena) MUST_USE;

/* ---- str ------------------------------------------------------------------------------------ */

/*
 * A growing, always NUL-terminated string. The first failure sticks: later additions do nothing, and
 * str_err() tells -ENOMEM or -E2BIG (the ceiling `max` was reached; what fits is kept).
 */
struct str {
	char *s; /* owned; never NULL */
	size_t n, cap, max;
	int err;
};

void str_init(struct str *s, size_t max);
void str_done(struct str *s);
void str_reset(struct str *s); /* empty again, error forgotten, memory kept */
void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const void *bytes, size_t n);
void str_addc(struct str *s, char c);
void str_pad(struct str *s, char c, size_t n); /* n times c */
void str_addf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void str_addv(struct str *s, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void str_cut(struct str *s, size_t n); /* keep the first n bytes */
static inline int str_err(const struct str *s) { return s->err; }

bool str_has_prefix(const char *s, const char *prefix);
bool str_has_suffix(const char *s, const char *suffix);
size_t utf8_len(const char *s, size_t n, uint32_t *ret_char); /* of the first; 0 = not UTF-8 */
int utf8_width(uint32_t c);				       /* terminal columns: 0, 1, 2 */
size_t utf8_columns(const char *s, size_t n);		       /* a bad byte counts as one */

/* ---- hash ----------------------------------------------------------------------------------- */

/*
 * An open-addressed table from byte strings to 64-bit values. The keys' bytes are borrowed: they live
 * in an arena or in the table's owner. Entries stand densely in insertion order, so that iterating is
 * deterministic: for (i = 0; i < h.n; i++) h.entry[i]. Seeded, so that hostile keys cannot pile up.
 */
struct hash_entry {
	const void *key; /* borrowed; NULL = deleted */
	uint32_t len, sum;
	uint64_t value;
};

struct hash_slot {
	uint32_t number, sum; /* of the entry: its index + 1, 0 = empty; its sum, to look no further */
};

struct hash {
	struct hash_entry *entry; /* owned */
	struct hash_slot *slot;	  /* owned */
	uint32_t n, live, cap, mask;
	uint32_t max; /* ceiling on entries */
};

void hash_init(struct hash *h, uint32_t max);
void hash_done(struct hash *h);
uint64_t *hash_get(const struct hash *h, const void *key, size_t len); /* NULL: not there */
/* Replaces the value of a key that is there already; the bytes borrowed first stay borrowed. */
int hash_put(struct hash *h, const void *key, size_t len, uint64_t value) MUST_USE;
bool hash_del(struct hash *h, const void *key, size_t len);
uint64_t hash_bytes(const void *key, size_t len, uint64_t seed);

/* ---- bits ----------------------------------------------------------------------------------- */

struct bits {
	uint64_t *word; /* owned */
	uint32_t n;	/* how many bits */
};

int bits_init(struct bits *b, uint32_t n) MUST_USE;
void bits_done(struct bits *b);
static inline bool bits_has(const struct bits *b, uint32_t i)
{
	assert(i < b->n);
	return b->word[i / 64] >> (i % 64) & 1;
}
static inline void bits_add(struct bits *b, uint32_t i)
{
	assert(i < b->n);
	b->word[i / 64] |= UINT64_C(1) << (i % 64);
}
static inline void bits_del(struct bits *b, uint32_t i)
{
	assert(i < b->n);
	b->word[i / 64] &= ~(UINT64_C(1) << (i % 64));
}
void bits_clear(struct bits *b);
bool bits_or(struct bits *b, const struct bits *from); /* whether b changed */
bool bits_and(struct bits *b, const struct bits *from);
bool bits_minus(struct bits *b, const struct bits *from);
uint32_t bits_count(const struct bits *b);
int64_t bits_next(const struct bits *b, uint32_t from); /* the first >= from, or -1 */
#define bits_each(b, i) (int64_t i = bits_next((b), 0); i >= 0; i = bits_next((b), (uint32_t)i + 1))

/* ---- source texts and positions --------------------------------------------------------------- */

struct src {
	const char *name; /* borrowed: "-" is shown as <stdin> */
	const char *text; /* borrowed, need not end in NUL */
	uint32_t len;
};

struct span {
	uint32_t at, len; /* bytes */
};

struct src_pos {
	uint32_t line, column; /* from 1; the column counts bytes */
	uint32_t begin, end;   /* the line's bytes, without its newline */
};

struct src_pos src_locate(const struct src *s, uint32_t at);

/* ---- diagnostics ---------------------------------------------------------------------------- */

enum diag_severity { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

enum diag_where_kind {
	DIAG_NOWHERE,
	DIAG_IN_TEXT,	 /* src + span */
	DIAG_AT_OFFSET,	 /* a byte of a binary file: name + offset */
	DIAG_AT_PC,	 /* an instruction of a program: name + offset */
	DIAG_IN_FILE,	 /* a file as a whole */
};

struct diag_where {
	enum diag_where_kind kind;
	const struct src *src; /* borrowed: outlives the diag, as its text does */
	struct span span;
	const char *name; /* file or program; copied into the diag */
	uint64_t offset;  /* byte, or pc */
};

struct diag_note {
	struct diag_note *next; /* arena */
	struct diag_where where;
	const char *text; /* arena */
	const char *fix;  /* arena; for a fix-it: what to put in the place of where.span, else NULL */
};

struct diag_msg {
	struct diag_msg *next; /* arena */
	enum diag_severity severity;
	const char *id; /* literal, stable, "asm.register": what tests and scripts match on */
	struct diag_where where;
	const char *text; /* arena */
	struct diag_note *note, **note_tail;
};

/*
 * The sink. The function that detects a fault reports it once and returns an error; everyone above
 * only passes the error on. Messages past the ceiling are counted, not kept.
 */
struct diag {
	struct arena arena;
	struct diag_msg *first, **tail;
	struct diag_msg *last;		/* whom notes belong to; NULL: it was not kept */
	uint32_t count[DIAG_ERROR + 1]; /* by severity, those not kept included */
	uint32_t kept, max;
};

void diag_init(struct diag *d, uint32_t max);
void diag_done(struct diag *d);
static inline bool diag_failed(const struct diag *d) { return d->count[DIAG_ERROR] > 0; }

#define DIAG_NONE ((struct diag_where){0})
#define diag_text(s, at_, len_) \
	((struct diag_where){.kind = DIAG_IN_TEXT, .src = (s), .span = {(at_), (len_)}})
#define diag_offset(name_, off) \
	((struct diag_where){.kind = DIAG_AT_OFFSET, .name = (name_), .offset = (off)})
#define diag_pc(prog, pc) \
	((struct diag_where){.kind = DIAG_AT_PC, .name = (prog), .offset = (pc)})
#define diag_file(name_) ((struct diag_where){.kind = DIAG_IN_FILE, .name = (name_)})

/* All accept d == NULL and do nothing then. diag_error returns -EINVAL for `return diag_error(...)`. */
int diag_error(struct diag *d, const char *id, struct diag_where where, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
void diag_warn(struct diag *d, const char *id, struct diag_where where, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* These two belong to the message reported last. */
void diag_note(struct diag *d, struct diag_where where, const char *fmt, ...) PRINTF_LIKE(3, 4);
void diag_fix(struct diag *d, struct diag_where where, const char *replacement, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

enum diag_style { DIAG_PLAIN, DIAG_COLOR };
void diag_render(const struct diag *d, enum diag_style style, struct str *ret_text);
struct out;
void diag_out(const struct diag *d, struct out *o, const char *name); /* as an array */

/* ---- files ---------------------------------------------------------------------------------- */

/*
 * A whole file in memory, mapped read-only when it is large and regular, read otherwise; "-" is
 * standard input. A mapped file that somebody truncates meanwhile would end us by SIGBUS, so only
 * files of at least FILE_MAP_MIN bytes, for which a copy would be felt, are mapped.
 */
struct file {
	const uint8_t *data; /* owned; one NUL byte stands behind data[size - 1] */
	size_t size;
	size_t mapped; /* bytes mapped, 0 when on the heap */
};

#define FILE_MAP_MIN (1u << 20)
int file_read(const char *path, size_t max, struct diag *d, struct file *ret_file) MUST_USE;
void file_done(struct file *f);
/*
 * Writes all or nothing: a new file, with the mode (and where that is allowed the owner) of the old
 * one, takes its place once it is whole. A symbolic link stays one, what it leads to is replaced.
 * Devices and pipes are written to as they are. "-" is stdout.
 */
int file_write(const char *path, const void *data, size_t size, struct diag *d) MUST_USE;
int file_write_fd(int fd, const void *data, size_t size) MUST_USE;

/* ---- the writer ----------------------------------------------------------------------------- */

/*
 * One description of the data, two renderings. A command says what it has:
 *
 *	out_object(&o, NULL);
 *	out_uint(&o, "id", 5);
 *	out_array(&o, "maps", OUT_TABLE);	an array of objects: aligned columns in text
 *	...
 *	out_end(&o); out_end(&o);
 *
 * JSON is written as it comes. Text is aligned, so an object or table is held back until its end;
 * a table at the top of more than OUT_TABLE_ROWS rows fixes its columns and their widths there and
 * streams on (a field without a column is then shown as name=value), and so does a list.
 *
 * An object may bring a template for its text form, so that a layout somebody's scripts rely on is
 * still the same one description of the data:
 *
 *	out_object_as(&o, NULL, "{id}: {type}{name|  name %}{tag|  tag %}");
 *
 *	{field}        its text             {field:8}   at least 8 columns, to the left
 *	{field|a % b}  only if it is there  {field:>8}  to the right
 */
enum out_format { OUT_TEXT, OUT_JSON, OUT_JSON_PRETTY, OUT_JSON_LINES };
enum out_layout { OUT_LIST, OUT_TABLE };
enum out_color { OUT_NO_COLOR, OUT_RED, OUT_GREEN, OUT_YELLOW, OUT_BLUE, OUT_BOLD, OUT_DIM };

enum { OUT_TABLE_ROWS = 1024, OUT_DEPTH_MAX = 64 };

typedef int (*out_sink)(void *ctx, const void *bytes, size_t n); /* 0 or -errno */

struct out {
	enum out_format format;
	bool color;
	out_sink sink;
	void *ctx;
	int err;	   /* the first failure sticks, as in struct str */
	struct str buf;	   /* rendered, not yet given to the sink */
	uint32_t depth;	   /* of open objects and arrays */
	bool any_top;	   /* something stands at the top level already */
	struct { bool array, any; } level[OUT_DEPTH_MAX]; /* JSON: what is open */
	struct arena arena;	    /* text: the nodes held back */
	struct out_node *open;	    /* text, arena: the innermost open one */
	bool any_item, mid_line;    /* text: the list that streams has begun; as words of one line */
	struct out_columns *columns; /* text, owned: the widths of a table that streams */
};

void out_init(struct out *o, enum out_format format, bool color, out_sink sink, void *ctx);
int out_done(struct out *o) MUST_USE; /* flushes, frees; the first error of all that was written */
int out_flush(struct out *o);
int out_sink_fd(void *fd, const void *bytes, size_t n); /* ctx: (void *)(intptr_t)fd */
int out_sink_str(void *str, const void *bytes, size_t n);

void out_object(struct out *o, const char *name); /* name: NULL inside arrays and at the top */
void out_object_as(struct out *o, const char *name, const char *text_template);
void out_array(struct out *o, const char *name, enum out_layout layout);
void out_end(struct out *o);
void out_str(struct out *o, const char *name, const char *s);
void out_strn(struct out *o, const char *name, const char *s, size_t n);
void out_uint(struct out *o, const char *name, uint64_t v);
void out_int(struct out *o, const char *name, int64_t v);
void out_hex(struct out *o, const char *name, uint64_t v); /* JSON: the string "0x..." */
void out_bool(struct out *o, const char *name, bool v);
void out_double(struct out *o, const char *name, double v, int digits);
void out_null(struct out *o, const char *name);
void out_bytes(struct out *o, const char *name, const void *p, size_t n); /* JSON: ["0x..", ...] */
/* JSON has the value, text has `text` */
void out_uint_as(struct out *o, const char *name, uint64_t v, const char *text);
void out_str_color(struct out *o, const char *name, const char *s, enum out_color color);
/* For people only, verbatim: a heading, a remark. JSON does not have it. */
void out_text(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline bool out_is_json(const struct out *o) { return o->format != OUT_TEXT; }

/* ---- JSON in -------------------------------------------------------------------------------- */

enum json_kind {
	JSON_END, /* the text was one whole value */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY, /* within objects, before each value */
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL
};

enum { JSON_DEPTH_MAX = 64 };

/* Reads one token after the other. */
struct json {
	const struct src *src; /* borrowed, as in diagnostics */
	struct diag *d;	       /* borrowed */
	uint32_t at;	       /* bytes read */
	struct span span;      /* of the last token */
	struct str text;       /* of the last key or string, decoded; of a number, as it is written */
	uint32_t depth;	       /* objects and arrays open */
	uint64_t objects;      /* which of them are objects, a bit each */
	int expect, err;
};

void json_init(struct json *j, const struct src *src, struct diag *d);
void json_done(struct json *j);
int json_next(struct json *j); /* enum json_kind, or -EINVAL etc., reported at its place */
/* Past the value whose first token was `kind`: 0 or the error. */
int json_skip(struct json *j, int kind) MUST_USE;

/* ---- numbers -------------------------------------------------------------------------------- */

/* The whole of s (n bytes) must be the number, else -EINVAL; too large: -ERANGE. */
int num_parse_u64(const char *s, size_t n, uint64_t *ret_v) MUST_USE; /* 12 0x1f 0b11 0o17 1_000 */
int num_parse_s64(const char *s, size_t n, int64_t *ret_v) MUST_USE;
int num_parse_size(const char *s, uint64_t *ret_bytes) MUST_USE;    /* 4096 64K 1.5MiB "2 GB" */
int num_parse_duration(const char *s, uint64_t *ret_ns) MUST_USE;   /* 10ms 1.5s 1h30m "3 m" 5 (= s) */
/* Hex digits in pairs, with or without 0x, blanks, colons and commas between: bytes put at p. */
int num_parse_hex(const char *s, size_t n, void *p, size_t max, size_t *ret_n) MUST_USE;

void num_size(struct str *s, uint64_t bytes);	/* 999 B, 1.5 KiB, 12 MiB */
void num_duration(struct str *s, uint64_t ns);	/* 17 ns, 1.20 us, 3 m 20 s */
void num_grouped(struct str *s, uint64_t v);	/* 1,234,567 */

/* ---- the nearest name ----------------------------------------------------------------------- */

/* The best of n candidates, or NULL when none is near enough to be what was meant. */
const char *near_best(const char *word, size_t len, const char *const *names, size_t n);
unsigned near_distance(const char *a, size_t na, const char *b, size_t nb); /* with transpositions */

/* ---- the command line ------------------------------------------------------------------------ */

enum opt_kind {
	OPT_FLAG,     /* bool */
	OPT_COUNT,    /* unsigned, one more each time */
	OPT_STR,      /* const char * */
	OPT_U64,      /* uint64_t */
	OPT_SIZE,     /* uint64_t, bytes */
	OPT_DURATION, /* uint64_t, ns */
	OPT_ENUM,     /* int, index into `values` */
	OPT_LIST,     /* struct opt_list: may be given often */
};

struct opt_list {
	const char **at; /* owned by the options struct; the strings are argv's */
	size_t n, cap;
};

/* One row of a command's table of options, which ends with an all-zero row. */
struct opt {
	char letter;		   /* 0: none */
	const char *name;	   /* without the dashes; NULL: none */
	enum opt_kind kind;
	size_t field;		   /* offsetof the value in the options struct */
	const char *arg;	   /* how help calls the argument: FILE; NULL for flags and counts */
	const char *help;	   /* one line, lower case, no full stop */
	const char *const *values; /* OPT_ENUM, and what OPT_STR completes to; NULL-terminated */
};

struct opt_example {
	const char *line, *what;
};

struct opt_args;

/*
 * One verb, noun or sub-command. Parsing, help, completion and man pages are made from this and
 * nothing else. One that has commands below it has no options of its own, unless it is the root,
 * whose options are understood everywhere and whose options struct is the caller's.
 */
struct opt_command {
	const char *name;
	const char *args;	/* synopsis of the operands: "FILE..."; NULL: none */
	const char *summary;	/* one line, lower case, no full stop */
	const char *about;	/* paragraphs for help and the man page; NULL: none */
	const struct opt *opts;
	const struct opt_command *const *sub;	/* NULL-terminated */
	const struct opt_example *examples;	/* ends with an all-zero row */
	int (*run)(const struct opt_args *a);	/* returns the exit status */
	size_t size;		/* of the options struct */
	const void *defaults;	/* such a struct; NULL: all zero */
	int min_args, max_args; /* operands; max < 0: any number */
	const char *complete;	/* what operands complete to: "file", "dir", or words "a b c" */
	bool raw;		/* all that stands behind the name is an operand */
	bool hidden;
};

/* What a command line came to. */
struct opt_args {
	const struct opt_command *root, *command;
	char *path;	    /* owned: "skep map dump" */
	void *options;	    /* owned: the command's options struct */
	void *global;	    /* borrowed: the root's options struct, its lists excepted */
	char **at;	    /* owned array, argv's strings: the operands */
	int n;
	bool help;	    /* -h, --help stood somewhere */
};

/*
 * Walks the tree along argv and parses options the GNU way: anywhere, --name=value, --name value,
 * -abc, -ovalue, -- ends them, unique prefixes of long names and of sub-commands. The root's options
 * are understood everywhere; a whole name, the command's before the root's, wins over any prefix.
 * Bad usage is reported to d, with the nearest right word, and -EINVAL returned (-ENOMEM without
 * memory); *ret_args is to be given to opt_args_done in any case.
 */
int opt_parse(const struct opt_command *root, void *global, int argc, char **argv, struct diag *d,
	      struct opt_args *ret_args) MUST_USE;
void opt_args_done(struct opt_args *a);

/* The command a path of words leads to ("map", "dump"); reports to d and gives NULL if none does. */
const struct opt_command *opt_find(const struct opt_command *root, char *const *words, int n,
				   struct diag *d);
const struct opt_command *opt_sub_exact(const struct opt_command *c, const char *name);

/* path: "skep map dump" */
void opt_help(const struct opt_command *root, const struct opt_command *c, const char *path,
	      bool color, struct str *s);
void opt_man(const struct opt_command *root, const struct opt_command *c, const char *path,
	     const char *version, struct str *s);
/* shell: "bash", "zsh", "fish"; -EINVAL for another */
int opt_completion(const struct opt_command *root, const char *shell, struct str *s) MUST_USE;

#endif

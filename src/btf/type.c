/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What can be asked of a type: what it stands for, its size, alignment and members.
 *
 * The BTF may be hostile: chains end after BTF_DEPTH_MAX steps, and the walks into nested structs,
 * of which a few types can make a tree without end, after STEPS_MAX members in all.
 */
#include "btf/impl.h"

enum { STEPS_MAX = 1 << 18, PTR_SIZE = 8 };

uint32_t btf_strip(const struct btf *b, uint32_t id, uint32_t kinds)
{
	const struct btf_type *t = btf_type(b, id);
	int depth = 0;

	for (; btf_is(t, kinds) && depth < BTF_DEPTH_MAX; depth++) {
		id = t->type;
		t = btf_type(b, id);
	}
	return id;
}

int64_t btf_size(const struct btf *b, uint32_t id)
{
	uint64_t n = 1, size;
	int depth;

	for (depth = 0; depth < BTF_DEPTH_MAX; depth++) {
		const struct btf_type *t = btf_type(b, id);

		if (!t)
			return -EINVAL;
		if (btf_is(t, BTF_ALIASES | BTF_BIT(VAR) | BTF_BIT(DECL_TAG))) {
			id = t->type;
			continue;
		}
		if (btf_kind(t) == BTF_ARRAY) {
			n *= btf_array(t)->n;
			if (n > UINT32_MAX)
				return -E2BIG;
			id = btf_array(t)->elem;
			continue;
		}
		if (btf_kind(t) == BTF_PTR)
			size = PTR_SIZE;
		else if (btf_is(t, BTF_STRUCTS | BTF_ENUMS | BTF_BIT(INT) | BTF_BIT(FLOAT) |
					   BTF_BIT(DATASEC)))
			size = t->size;
		else
			return -EINVAL;
		return n * size > UINT32_MAX ? -E2BIG : (int64_t)(n * size);
	}
	return -EINVAL;
}

struct align_walk {
	const struct btf *b;
	uint32_t steps; /* left */
	uint8_t *memo;	/* borrowed: of structs, by id; NULL: none */
};

static uint32_t align_of(struct align_walk *w, uint32_t id, int depth);

/* The greatest alignment of its members; 1 if one of them, or the size, does not keep to its own. */
static uint32_t struct_align(struct align_walk *w, const struct btf_type *t, int depth)
{
	uint32_t i, most = 1, align;

	for (i = 0; i < btf_vlen(t); i++) {
		align = align_of(w, btf_members(t)[i].type, depth + 1);
		if (!align)
			return align;
		most = MAX(most, align);
		if (!btf_member_bits(t, i) && btf_member_bit_offset(t, i) % (8 * align))
			return 1;
	}
	return t->size % most ? 1 : most;
}

static uint32_t align_of(struct align_walk *w, uint32_t id, int depth)
{
	const struct btf_type *t;
	uint32_t align;

	for (; depth < BTF_DEPTH_MAX && w->steps; depth++, w->steps--) {
		t = btf_type(w->b, id);
		if (btf_is(t, BTF_ALIASES | BTF_BIT(VAR) | BTF_BIT(DECL_TAG))) {
			id = t->type;
		} else if (btf_is(t, BTF_BIT(ARRAY))) {
			id = btf_array(t)->elem;
		} else if (btf_is(t, BTF_BIT(PTR))) {
			return PTR_SIZE;
		} else if (btf_is(t, BTF_ENUMS | BTF_BIT(INT) | BTF_BIT(FLOAT))) {
			return MIN(t->size, (uint32_t)PTR_SIZE);
		} else if (btf_is(t, BTF_STRUCTS)) {
			if (w->memo && w->memo[id])
				return w->memo[id];
			align = struct_align(w, t, depth);
			if (w->memo)
				w->memo[id] = (uint8_t)align;
			return align;
		} else {
			break;
		}
	}
	return 0;
}

uint32_t align_with(const struct btf *b, uint32_t id, uint8_t *memo)
{
	struct align_walk w = {b, STEPS_MAX, memo};

	return align_of(&w, id, 0);
}

uint32_t btf_align(const struct btf *b, uint32_t id)
{
	return align_with(b, id, NULL);
}

bool btf_signed(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = btf_type(b, btf_resolve(b, id));

	if (btf_is(t, BTF_BIT(INT)))
		return BTF_INT_ENCODING(*btf_word(t)) & BTF_INT_SIGNED;
	return btf_is(t, BTF_ENUMS) && btf_kflag(t);
}

const struct btf_type *btf_proto(const struct btf *b, uint32_t id)
{
	const struct btf_type *t =
		btf_type(b, btf_strip(b, id, BTF_ALIASES | BTF_BIT(PTR) | BTF_BIT(FUNC)));

	return btf_is(t, BTF_BIT(FUNC_PROTO)) ? t : NULL;
}

bool btf_has_tag(const struct btf *b, uint32_t id, int component, const char *tag)
{
	size_t len = strlen(tag);
	bool prefix = len && tag[len - 1] == '*';
	const struct btf_type *t;
	uint32_t tag_id;
	const char *name;

	for (tag_id = btf_first(b); (t = btf_type(b, tag_id)); tag_id++) {
		if (!btf_is(t, BTF_BIT(DECL_TAG)) || t->type != id ||
		    (int)*btf_word(t) != component)
			continue;
		name = btf_str(b, t->name_off);
		if (prefix ? !strncmp(name, tag, len - 1) : !strcmp(name, tag))
			return true;
	}
	return false;
}

/* ---- fields ---- */

static struct btf_field member(const struct btf *b, const struct btf_type *t, uint32_t i)
{
	return (struct btf_field){
		.name = btf_str(b, btf_members(t)[i].name_off),
		.type = btf_members(t)[i].type,
		.index = i,
		.bit_off = btf_member_bit_offset(t, i),
		.bit_size = btf_member_bits(t, i),
	};
}

bool btf_field_at(const struct btf *b, uint32_t id, uint32_t i, struct btf_field *ret_field)
{
	const struct btf_type *t = btf_type(b, btf_resolve(b, id));

	if (!btf_is(t, BTF_STRUCTS) || i >= btf_vlen(t))
		return false;
	*ret_field = member(b, t, i);
	return true;
}

static bool find_field(const struct btf *b, uint32_t id, const char *name, size_t len, int depth,
		       uint32_t *steps, struct btf_field *ret_field)
{
	const struct btf_type *t = btf_type(b, btf_resolve(b, id));
	struct btf_field f, inner;
	uint32_t i;

	if (!btf_is(t, BTF_STRUCTS) || depth >= BTF_DEPTH_MAX)
		return false;
	for (i = 0; i < btf_vlen(t) && *steps; i++, --*steps) {
		f = member(b, t, i);
		if (!strncmp(f.name, name, len) && !f.name[len]) {
			*ret_field = f;
			return true;
		}
		if (!*f.name && find_field(b, f.type, name, len, depth + 1, steps, &inner)) {
			inner.bit_off += f.bit_off;
			*ret_field = inner;
			return true;
		}
	}
	return false;
}

static bool field(const struct btf *b, uint32_t id, const char *name, size_t len,
		  struct btf_field *ret_field)
{
	uint32_t steps = STEPS_MAX;

	return len && find_field(b, id, name, len, 0, &steps, ret_field);
}

bool btf_field(const struct btf *b, uint32_t id, const char *name, struct btf_field *ret_field)
{
	return field(b, id, name, strlen(name), ret_field);
}

/* ---- paths ---- */

enum { NEAR_MAX = 512 };

/* The names of a struct's fields, those of anonymous members too. */
static size_t field_names(const struct btf *b, uint32_t id, int depth, const char **names, size_t n)
{
	const struct btf_type *t = btf_type(b, btf_resolve(b, id));
	uint32_t i;

	if (!btf_is(t, BTF_STRUCTS) || depth >= BTF_DEPTH_MAX)
		return n;
	for (i = 0; i < btf_vlen(t) && n < NEAR_MAX; i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *name = btf_str(b, m->name_off);

		if (*name)
			names[n++] = name;
		else
			n = field_names(b, m->type, depth + 1, names, n);
	}
	return n;
}

const char *near_field(const struct btf *b, uint32_t id, const char *name, size_t len)
{
	const char *names[NEAR_MAX];

	return near_best(name, len, names, field_names(b, id, 0, names, 0));
}

static int no_field(const struct btf *b, uint32_t id, const char *path, const char *at, size_t len,
		    struct diag *d)
{
	const struct btf_type *t = btf_type(b, btf_resolve(b, id));
	const char *near;
	struct str s;

	str_init(&s, 4096);
	(void)!btf_c_name(b, id, &s);
	if (!btf_is(t, BTF_STRUCTS)) {
		diag_error(d, "btf.path", DIAG_NONE, "in '%s' at %zu: %s has no fields, so no '%.*s'",
			   path, (size_t)(at - path), s.s, (int)len, at);
		if (btf_is(t, BTF_BIT(PTR)))
			diag_note(d, DIAG_NONE, "pointers are not followed here");
	} else {
		diag_error(d, "btf.path", DIAG_NONE, "in '%s' at %zu: %s has no field '%.*s'", path,
			   (size_t)(at - path), s.s, (int)len, at);
		near = near_field(b, id, at, len);
		if (near)
			diag_note(d, DIAG_NONE, "did you mean '%s'?", near);
	}
	str_done(&s);
	return -ENOENT;
}

static int bad_path(const char *path, const char *at, struct diag *d, const char *what)
{
	return diag_error(d, "btf.path", DIAG_NONE, "in '%s' at %zu: %s", path,
			  (size_t)(at - path), what);
}

/* "[3]" of the array f; *p is behind the bracket. */
static int step_element(const struct btf *b, const char *path, const char **p, struct diag *d,
			struct btf_field *f)
{
	const struct btf_type *t = btf_type(b, btf_resolve(b, f->type));
	const char *end = strchr(*p, ']');
	uint64_t i;
	int64_t size;

	if (!end || num_parse_u64(*p, (size_t)(end - *p), &i))
		return bad_path(path, *p, d, "expected a number and ']'");
	if (!btf_is(t, BTF_BIT(ARRAY)))
		return bad_path(path, *p, d, "what stands before is not an array");
	if (btf_array(t)->n && i >= btf_array(t)->n)
		return diag_error(d, "btf.path", DIAG_NONE,
				  "in '%s' at %zu: the array has only %u elements", path,
				  (size_t)(*p - path), btf_array(t)->n);
	size = btf_size(b, btf_array(t)->elem);
	if (size < 0 || (size && i > UINT32_MAX / (uint64_t)size))
		return bad_path(path, *p, d, "the element has no place");
	*f = (struct btf_field){.name = "", .type = btf_array(t)->elem, .index = (uint32_t)i,
				.bit_off = f->bit_off + i * (uint64_t)size * 8};
	*p = end + 1;
	return 0;
}

int btf_path(const struct btf *b, uint32_t id, const char *path, struct diag *d,
	     struct btf_field *ret_field)
{
	struct btf_field f = {.name = "", .type = id}, inner;
	const char *p = path;
	size_t len;
	int err;

	while (*p) {
		if (*p == '[') {
			p++;
			err = step_element(b, path, &p, d, &f);
			if (err)
				return err;
			continue;
		}
		if (p != path) {
			if (*p != '.' && strncmp(p, "->", 2))
				return bad_path(path, p, d, "expected '.' or '['");
			p += *p == '.' ? 1 : 2;
		}
		len = strcspn(p, ".[-");
		if (!len)
			return bad_path(path, p, d, "expected the name of a field");
		if (!field(b, f.type, p, len, &inner))
			return no_field(b, f.type, path, p, len, d);
		inner.bit_off += f.bit_off;
		f = inner;
		p += len;
	}
	*ret_field = f;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contexts: who may read and write which field.
 *
 * A view is a struct as some programs see it, and picks one letter of each field's access. A
 * letter is how the field may be read and how written; an access is allowed if one field it begins
 * in allows it, so that unions, and fields of which later kernels allow more, are just rows that
 * overlap.
 *
 * kernel: the *_is_valid_access() functions of the program types, 7.2
 */
#include "abi/impl.h"
#include "abi/sets.h"

static const struct abi_ctx_view_row views[_ABI_VIEW_MAX] = {
#define CTX_VIEW(NAME, ctx, column, since, arch, where, progs)                                     \
	{#NAME, progs, where, since, ABI_CTX_##ctx, column, ABI_ARCH_##arch},
#include "abi/ctx.def"
};

static const struct abi_ctx_struct_row structs[_ABI_CTX_MAX] = {
#define CTX_STRUCT(NAME, name, size) [ABI_CTX_##NAME] = {name, size},
#include "abi/ctx.def"
};

static const struct abi_ctx_field fields[] = {
#define CTX_FIELD(ctx, name, offset, size, count, type, access, since)                             \
	{name, offset, size, count, since, ABI_LOAD_##type, ABI_CTX_##ctx, access},
#include "abi/ctx.def"
};

static const struct abi_ctx_type_row types[_ABI_LOAD_MAX] = {
#define CTX_TYPE(NAME, state, btf) [ABI_LOAD_##NAME] = {state, btf},
#include "abi/ctx_type.def"
};

static const struct letter {
	char letter;
	uint16_t read, write;
} letters[] = {
#define WHOLE                           ABI_ACCESS_WHOLE
#define PART                            ABI_ACCESS_PART
#define LOW                             ABI_ACCESS_LOW
#define HALF                            ABI_ACCESS_HALF
#define WIDE                            ABI_ACCESS_WIDE
#define SLOT                            ABI_ACCESS_SLOT
#define ALIGNED                         ABI_ACCESS_ALIGNED
#define ANY                             ABI_ACCESS_ANY
#define INSIDE                          ABI_ACCESS_INSIDE
#define CTX_ACCESS(letter, read, write) {letter, read, write},
#include "abi/ctx_access.def"
};

const struct abi_ctx_struct_row *abi_ctx_struct(enum abi_ctx_struct ctx)
{
	return &structs[ctx];
}

const struct abi_ctx_view_row *abi_ctx_view_row(enum abi_ctx_view view)
{
	return &views[view];
}

const struct abi_ctx_field *abi_ctx_field(size_t i)
{
	return i < COUNT(fields) ? &fields[i] : NULL;
}

const struct abi_ctx_type_row *abi_ctx_type(enum abi_ctx_type type)
{
	return &types[type];
}

/* Fields are struct by struct, so that those of one are found by halving. */
static const struct abi_ctx_field *first_field(enum abi_ctx_struct ctx)
{
	size_t low = 0, high = COUNT(fields);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (fields[mid].ctx < ctx)
			low = mid + 1;
		else
			high = mid;
	}
	return &fields[low];
}

static bool is_of(const struct abi_ctx_field *f, enum abi_ctx_struct ctx)
{
	return f < fields + COUNT(fields) && f->ctx == ctx;
}

const struct abi_ctx_field *abi_ctx_field_by_name(enum abi_ctx_struct ctx, const char *name,
						  size_t len)
{
	for (const struct abi_ctx_field *f = first_field(ctx); len && is_of(f, ctx); f++)
		if (len == strlen(f->name) && !memcmp(f->name, name, len))
			return f;
	return NULL;
}

enum abi_ctx_view abi_ctx_view(const struct abi_site *at)
{
	for (unsigned i = 0; i < COUNT(views); i++)
		if ((!views[i].arch || views[i].arch == at->arch) &&
		    abi_is_at(views[i].progs, views[i].where, at))
			return i;
	return _ABI_VIEW_MAX;
}

unsigned abi_ctx_letter(const struct abi_ctx_field *f, enum abi_ctx_view view, bool write)
{
	char letter = f->access[views[view].column];

	for (size_t i = 0; i < COUNT(letters); i++)
		if (letters[i].letter == letter)
			return write ? letters[i].write : letters[i].read;
	return 0;
}

/* rel: from the field's beginning; off: from the struct's, which alignment is a matter of. */
static bool is_allowed(const struct abi_ctx_field *f, unsigned how, int off, int rel, int size)
{
	int total = f->size * f->count, part = rel % f->size;
	bool aligned = off % size == 0;

	if (how & ABI_ACCESS_SLOT)
		return (rel == 0 && size <= 4) || (rel == 1 && size == 1);
	if (rel >= total)
		return false;
	return (how & ABI_ACCESS_WHOLE && !part && size == f->size) ||
	       (how & ABI_ACCESS_PART && aligned && size <= f->size) ||
	       (how & ABI_ACCESS_LOW && !part && size <= f->size) ||
	       (how & ABI_ACCESS_HALF && aligned && size == 2) ||
	       (how & ABI_ACCESS_WIDE && aligned && size == 8 && rel + size <= total) ||
	       (how & ABI_ACCESS_ALIGNED && aligned) || how & ABI_ACCESS_ANY ||
	       (how & ABI_ACCESS_INSIDE && rel + size <= total);
}

enum abi_ctx_verdict abi_ctx_access(enum abi_ctx_view view, uint16_t kernel, int off, unsigned size,
				    bool write, const struct abi_ctx_field **ret_field)
{
	enum abi_ctx_struct ctx;

	if (view >= _ABI_VIEW_MAX)
		return ABI_CTX_BTF;
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return ABI_CTX_NO;
	ctx = views[view].ctx;
	for (const struct abi_ctx_field *f = first_field(ctx); is_of(f, ctx); f++) {
		if (off < f->offset || kernel < f->since)
			continue;
		if (!is_allowed(f, abi_ctx_letter(f, view, write), off, off - f->offset, (int)size))
			continue;
		if (ret_field)
			*ret_field = f;
		return ABI_CTX_YES;
	}
	return ABI_CTX_NO;
}

enum abi_ctx_verdict abi_ctx_check(const struct abi_site *at, int off, unsigned size, bool write,
				   const struct abi_ctx_field **ret_field)
{
	return abi_ctx_access(abi_ctx_view(at), at->kernel, off, size, write, ret_field);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ELF64 out: sections in the order in which they were added, then symbols (local ones first, as the
 * format wants), their names, and the table of sections. Whoever writes an object fills a struct
 * elf_out and never counts bytes.
 */
#include "obj/impl.h"

void elf_out_init(struct elf_out *w)
{
	*w = (struct elf_out){.sec = VEC_INIT(OBJ_SECTIONS_MAX), .sym = VEC_INIT(OBJ_SYMBOLS_MAX)};
	str_init(&w->names, OBJ_FILE_MAX);
	str_addc(&w->names, 0);
	elf_out_section(w, "", ELF_SHT_NULL, 0, 0);
}

void elf_out_done(struct elf_out *w)
{
	for vec_each(&w->sec, s) {
		str_done(&s->data);
		vec_done(&s->rel);
	}
	vec_done(&w->sec);
	vec_done(&w->sym);
	str_done(&w->names);
}

static void fail(struct elf_out *w, int err)
{
	if (err && !w->err)
		w->err = err;
}

static uint32_t name_add(struct elf_out *w, const char *name)
{
	uint32_t at = (uint32_t)w->names.n;

	if (!*name)
		return 0;
	str_addn(&w->names, name, strlen(name) + 1);
	fail(w, str_err(&w->names));
	return at;
}

uint32_t elf_out_section(struct elf_out *w, const char *name, uint32_t type, uint64_t flags,
			 uint64_t align)
{
	struct elf_out_sec s = {.name = name_add(w, name),
				.type = type,
				.flags = flags,
				.align = align,
				.rel = VEC_INIT(OBJ_RELOCS_MAX)};

	str_init(&s.data, OBJ_FILE_MAX);
	if (!w->err)
		fail(w, vec_push(&w->sec, s));
	return w->err ? 0 : (uint32_t)w->sec.n - 1;
}

uint64_t elf_out_append(struct elf_out *w, uint32_t sec, const void *data, uint64_t size,
			uint64_t align)
{
	struct elf_out_sec *s = &w->sec.at[sec];
	uint64_t at;

	if (w->err)
		return 0;
	at = ALIGN_UP(s->size, MAX(align, UINT64_C(1)));
	s->align = MAX(s->align, align);
	if (at > OBJ_FILE_MAX || size > OBJ_FILE_MAX - at) {
		fail(w, -E2BIG);
		return 0;
	}
	if (s->type != ELF_SHT_NOBITS) {
		str_pad(&s->data, 0, at - s->size);
		if (data)
			str_addn(&s->data, data, size);
		else
			str_pad(&s->data, 0, size);
		fail(w, str_err(&s->data));
	}
	s->size = at + size;
	return at;
}

uint32_t elf_out_symbol(struct elf_out *w, const struct elf_sym *sym)
{
	fail(w,
	     vec_push(&w->sym, (struct elf_out_sym){.name = name_add(w, sym->name), .sym = *sym}));
	return w->err ? 0 : (uint32_t)w->sym.n - 1;
}

uint32_t elf_out_section_symbol(struct elf_out *w, uint32_t sec)
{
	struct elf_out_sec *s = &w->sec.at[sec];

	if (w->err)
		return 0;
	if (!s->has_sym) {
		s->sym = elf_out_symbol(
			w, &(struct elf_sym){.name = "", .sec = sec, .type = ELF_STT_SECTION});
		s->has_sym = true;
	}
	return s->sym;
}

void elf_out_reloc(struct elf_out *w, uint32_t sec, uint64_t at, uint32_t type, uint32_t sym)
{
	if (w->err)
		return;
	fail(w, vec_push(&w->sec.at[sec].rel,
			 (struct elf_rel){.offset = at, .info = (uint64_t)sym << 32 | type}));
}

/* ---- the file ---- */

/* Local symbols come first: w->sym.at[i].index is where each one went. */
static uint32_t symbols_number(struct elf_out *w)
{
	uint32_t n = 1, locals;

	for vec_each(&w->sym, s) {
		if (s->sym.bind == ELF_STB_LOCAL)
			s->index = n++;
	}
	locals = n;
	for vec_each(&w->sym, s) {
		if (s->sym.bind != ELF_STB_LOCAL)
			s->index = n++;
	}
	return locals;
}

static void symbols_write(struct elf_out *w, uint32_t sec)
{
	struct elf_symbol *at = mem_alloc_array(w->sym.n + 1, sizeof(*at));

	if (!at) {
		fail(w, -ENOMEM);
		return;
	}
	for vec_each(&w->sym, s)
		at[s->index] =
			(struct elf_symbol){.name = s->name,
					    .info = (uint8_t)(s->sym.bind << 4 | s->sym.type),
					    .other = s->sym.vis,
					    .shndx = (uint16_t)s->sym.sec,
					    .value = s->sym.value,
					    .size = s->sym.size};
	elf_out_append(w, sec, at, (w->sym.n + 1) * sizeof(*at), 8);
	mem_free(at);
}

static void relocs_write(struct elf_out *w, uint32_t from, uint32_t to)
{
	struct elf_out_sec *s = &w->sec.at[from];

	for vec_each(&s->rel, r) {
		uint32_t sym = ELF_REL_SYM(r);
		struct elf_rel out = {.offset = r->offset,
				      .info = (uint64_t)w->sym.at[sym].index << 32 |
					      ELF_REL_TYPE(r)};

		elf_out_append(w, to, &out, sizeof(out), 8);
	}
}

/* The tables of symbols and relocations, as sections; the number of that with the symbols. */
static void tables_add(struct elf_out *w)
{
	uint32_t n = (uint32_t)w->sec.n, locals = symbols_number(w);
	uint32_t symtab = elf_out_section(w, ".symtab", ELF_SHT_SYMTAB, 0, 8), strtab;

	if (w->err)
		return;
	symbols_write(w, symtab);
	for (uint32_t i = 1; i < n && !w->err; i++) {
		struct str name;
		uint32_t to;

		if (!w->sec.at[i].rel.n)
			continue;
		str_init(&name, 1 << 16);
		str_addf(&name, ".rel%s", w->names.s + w->sec.at[i].name);
		to = elf_out_section(w, name.s, ELF_SHT_REL, 0, 8);
		str_done(&name);
		if (w->err)
			return;
		w->sec.at[to].link = symtab;
		w->sec.at[to].info = i;
		w->sec.at[to].entsize = sizeof(struct elf_rel);
		relocs_write(w, i, to);
	}
	strtab = elf_out_section(w, ".strtab", ELF_SHT_STRTAB, 0, 1);
	if (w->err)
		return;
	w->sec.at[symtab].link = strtab;
	w->sec.at[symtab].info = locals;
	w->sec.at[symtab].entsize = sizeof(struct elf_symbol);
	elf_out_append(w, strtab, w->names.s, w->names.n, 1);
}

static void bytes_write(struct elf_out *w, struct str *out)
{
	struct elf_header h = {.ident = {0x7f, 'E', 'L', 'F', 2, 1, 1},
			       .type = ELF_ET_REL,
			       .machine = ELF_EM_BPF,
			       .version = 1,
			       .ehsize = sizeof(h),
			       .shentsize = sizeof(struct elf_shdr),
			       .shnum = (uint16_t)w->sec.n,
			       .shstrndx = (uint16_t)(w->sec.n - 1)};
	uint64_t at = sizeof(h);

	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		h.ident[5] = 2;
	for vec_each(&w->sec, s) {
		s->at = ALIGN_UP(at, MAX(s->align, UINT64_C(1)));
		at = s->at + (s->type == ELF_SHT_NOBITS ? 0 : s->size);
	}
	h.shoff = ALIGN_UP(at, UINT64_C(8));
	str_addn(out, &h, sizeof(h));
	for vec_each(&w->sec, s) {
		if (s->type == ELF_SHT_NOBITS || s->type == ELF_SHT_NULL)
			continue;
		str_pad(out, 0, s->at - out->n);
		str_addn(out, s->data.s, s->data.n);
	}
	str_pad(out, 0, h.shoff - out->n);
	for vec_each(&w->sec, s) {
		struct elf_shdr r = {.name = s->name,
				     .type = s->type,
				     .flags = s->flags,
				     .offset = s->type ? s->at : 0,
				     .size = s->size,
				     .link = s->link,
				     .info = s->info,
				     .align = s->align,
				     .entsize = s->entsize};

		str_addn(out, &r, sizeof(r));
	}
}

int elf_out_finish(struct elf_out *w, struct diag *d, const char *path, struct obj_bytes *ret_bytes)
{
	struct str out;

	str_init(&out, OBJ_FILE_MAX);
	if (!w->err)
		tables_add(w);
	if (!w->err) {
		bytes_write(w, &out);
		fail(w, str_err(&out));
	}
	if (!w->err) {
		ret_bytes->data = mem_alloc(out.n);
		ret_bytes->size = out.n;
		if (ret_bytes->data)
			memcpy(ret_bytes->data, out.s, out.n);
		else
			fail(w, -ENOMEM);
	}
	if (w->err)
		diag_error(d, "obj.write", diag_file(path), "%s",
			   w->err == -E2BIG ? "the object would be larger than one may be"
					    : "out of memory");
	str_done(&out);
	return w->err;
}

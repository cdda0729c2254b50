/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs and libraries: their headers. Which parts are loaded where, and where the symbol tables, the
 * notes of static probes and the build id are.
 *
 * Nothing of the file is believed: a part that does not lie within it counts as absent. A symbol table in
 * .gnu_debugdata or a debug file is not looked for here.
 */
#include <elf.h>

#include "sym/impl.h"

const uint8_t *sym_elf_bytes(const struct sym_elf *e, uint64_t offset, uint64_t n)
{
	return offset <= e->file.size && n <= e->file.size - offset ? e->file.data + offset : NULL;
}

const char *sym_elf_string(const struct sym_elf *e, const struct sym_part *strings, uint64_t at)
{
	const char *s = at < strings->size ? (const char *)e->file.data + strings->offset + at : NULL;

	return s && memchr(s, 0, strings->size - at) ? s : "";
}

/* The two classes have the same fields in other widths. */
struct header {
	uint64_t phoff, shoff;
	uint32_t phnum, shnum, shstrndx, phentsize, shentsize;
};

struct section {
	uint32_t name, type, link;
	uint64_t addr, offset, size, entsize;
};

#define HEADER_OF(from)                                                                            \
	((struct header){.phoff = (from)->e_phoff, .shoff = (from)->e_shoff, .phnum = (from)->e_phnum, \
			 .shnum = (from)->e_shnum, .shstrndx = (from)->e_shstrndx,                 \
			 .phentsize = (from)->e_phentsize, .shentsize = (from)->e_shentsize})
#define SECTION_OF(from)                                                                           \
	((struct section){.name = (from)->sh_name, .type = (from)->sh_type, .link = (from)->sh_link, \
			  .addr = (from)->sh_addr, .offset = (from)->sh_offset,                    \
			  .size = (from)->sh_size, .entsize = (from)->sh_entsize})

static bool read_section(const struct sym_elf *e, const struct header *h, uint32_t i, struct section *ret)
{
	const uint8_t *at = sym_elf_bytes(e, h->shoff + (uint64_t)i * h->shentsize, h->shentsize);
	Elf64_Shdr wide;
	Elf32_Shdr narrow;

	if (!at || h->shentsize < (e->wide ? sizeof(wide) : sizeof(narrow)) || h->shoff > e->file.size)
		return false;
	if (e->wide) {
		memcpy(&wide, at, sizeof(wide));
		*ret = SECTION_OF(&wide);
	} else {
		memcpy(&narrow, at, sizeof(narrow));
		*ret = SECTION_OF(&narrow);
	}
	return ret->type == SHT_NOBITS || sym_elf_bytes(e, ret->offset, ret->size);
}

static void add_segment(struct sym_elf *e, const uint8_t *at)
{
	struct sym_segment s;
	Elf64_Phdr wide;
	Elf32_Phdr narrow;
	uint32_t type;

	if (e->wide) {
		memcpy(&wide, at, sizeof(wide));
		type = wide.p_type;
		s = (struct sym_segment){wide.p_vaddr, wide.p_offset, wide.p_filesz};
	} else {
		memcpy(&narrow, at, sizeof(narrow));
		type = narrow.p_type;
		s = (struct sym_segment){narrow.p_vaddr, narrow.p_offset, narrow.p_filesz};
	}
	if (type == PT_LOAD && e->segments < SYM_SEGMENTS_MAX)
		e->segment[e->segments++] = s;
}

static void read_segments(struct sym_elf *e, const struct header *h)
{
	const uint8_t *at;
	uint32_t i;

	if (h->phentsize < (e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)) || h->phoff > e->file.size)
		return;
	for (i = 0; i < h->phnum; i++) {
		at = sym_elf_bytes(e, h->phoff + (uint64_t)i * h->phentsize, h->phentsize);
		if (at)
			add_segment(e, at);
	}
}

/* The bytes of the GNU build id in a row of notes. */
static void find_build_id(struct sym_elf *e, const struct section *s)
{
	uint64_t at = s->offset, end = s->offset + s->size, desc;
	Elf64_Nhdr note; /* the same in both classes */

	while (end - at >= sizeof(note)) {
		memcpy(&note, e->file.data + at, sizeof(note));
		desc = at + sizeof(note) + ALIGN_UP((uint64_t)note.n_namesz, 4);
		if (desc > end || note.n_descsz > end - desc)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(e->file.data + at + sizeof(note), "GNU", 4)) {
			e->build_id = (struct sym_part){desc, note.n_descsz};
			return;
		}
		at = desc + ALIGN_UP((uint64_t)note.n_descsz, 4);
		if (at > end)
			return;
	}
}

static void take_symbols(struct sym_elf *e, const struct header *h, const struct section *s)
{
	struct sym_table *t = &e->table[s->type == SHT_DYNSYM];
	struct section strings;

	if (t->symbols.size || !read_section(e, h, s->link, &strings) || strings.type != SHT_STRTAB)
		return;
	t->symbols = (struct sym_part){s->offset, s->size};
	t->strings = (struct sym_part){strings.offset, strings.size};
}

static void take_section(struct sym_elf *e, const struct header *h, const struct section *s, const char *name)
{
	if (s->type == SHT_SYMTAB || s->type == SHT_DYNSYM)
		take_symbols(e, h, s);
	else if (s->type == SHT_GNU_versym)
		e->table[1].versions = (struct sym_part){s->offset, s->size};
	else if (s->type == SHT_NOTE && !strcmp(name, ".note.stapsdt"))
		e->notes = (struct sym_part){s->offset, s->size};
	else if (s->type == SHT_NOTE && !e->build_id.size)
		find_build_id(e, s);
	else if (!strcmp(name, ".stapsdt.base"))
		e->probes_base_addr = s->addr;
}

static void read_sections(struct sym_elf *e, const struct header *h)
{
	struct sym_part names = {0};
	struct section s;
	uint32_t i, n = h->shnum;

	if (!n && h->shoff && read_section(e, h, 0, &s)) /* more than the header's field can say */
		n = (uint32_t)MIN(s.size, (uint64_t)1 << 20);
	if (read_section(e, h, h->shstrndx, &s))
		names = (struct sym_part){s.offset, s.size};
	for (i = 1; i < n; i++)
		if (read_section(e, h, i, &s))
			take_section(e, h, &s, sym_elf_string(e, &names, s.name));
}

static int read_header(struct sym_elf *e, struct diag *d)
{
	const uint8_t *at = e->file.data;
	Elf64_Ehdr wide = {0};
	Elf32_Ehdr narrow = {0};
	struct header h;

	if (e->file.size < sizeof(narrow) || memcmp(at, ELFMAG, SELFMAG))
		return diag_error(d, "sym.elf", diag_file(e->path), "this is no program or library: not ELF");
	if (at[EI_DATA] != ELFDATA2LSB)
		return diag_error(d, "sym.elf", diag_file(e->path), "it is for machines of the other byte order");
	e->wide = at[EI_CLASS] == ELFCLASS64;
	if (e->wide && e->file.size < sizeof(wide))
		return diag_error(d, "sym.elf", diag_file(e->path), "its header is cut off");
	if (e->wide) {
		memcpy(&wide, at, sizeof(wide));
		h = HEADER_OF(&wide);
		e->machine = wide.e_machine;
	} else {
		memcpy(&narrow, at, sizeof(narrow));
		h = HEADER_OF(&narrow);
		e->machine = narrow.e_machine;
	}
	read_segments(e, &h);
	read_sections(e, &h);
	return 0;
}

int sym_elf_open(const char *path, struct diag *d, struct sym_elf **ret_elf)
{
	struct sym_elf *e = mem_alloc(sizeof(*e));
	size_t n = strlen(path) + 1;
	int err = -ENOMEM;

	if (!e)
		return err;
	e->path = mem_alloc(n);
	if (e->path) {
		memcpy(e->path, path, n);
		err = file_read(path, (size_t)SYM_FILE_MAX_GIB << 30, d, &e->file);
	}
	if (!err)
		err = read_header(e, d);
	if (err)
		sym_elf_close(e);
	else
		*ret_elf = e;
	return err;
}

void sym_elf_close(struct sym_elf *e)
{
	if (!e)
		return;
	file_done(&e->file);
	mem_free(e->index);
	mem_free(e->path);
	mem_free(e);
}

const char *sym_elf_path(const struct sym_elf *e)
{
	return e->path;
}

uint16_t sym_elf_machine(const struct sym_elf *e)
{
	return e->machine;
}

const uint8_t *sym_elf_build_id(const struct sym_elf *e, size_t *ret_n)
{
	*ret_n = e->build_id.size;
	return e->build_id.size ? e->file.data + e->build_id.offset : NULL;
}

bool sym_elf_offset(const struct sym_elf *e, uint64_t addr, uint64_t *ret_offset)
{
	size_t i;

	for (i = 0; i < e->segments; i++) {
		if (addr < e->segment[i].addr || addr - e->segment[i].addr >= e->segment[i].size)
			continue;
		*ret_offset = addr - e->segment[i].addr + e->segment[i].offset;
		return true;
	}
	return false;
}

bool sym_elf_addr(const struct sym_elf *e, uint64_t offset, uint64_t *ret_addr)
{
	size_t i;

	for (i = 0; i < e->segments; i++) {
		if (offset < e->segment[i].offset || offset - e->segment[i].offset >= e->segment[i].size)
			continue;
		*ret_addr = offset - e->segment[i].offset + e->segment[i].addr;
		return true;
	}
	return false;
}

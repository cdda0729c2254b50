/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64 instructions as text, in Intel's syntax as GNU objdump has it. Only those that BPF JITs
 * write (x64_dis.def); of any other byte, vm_x64_dis() says that it does not know.
 */
#include "vm/x64_dis.h"

/* clang-format off */
enum form { /* those up to F_OIv have no modrm */
	F_none, F_AbIb, F_AIz, F_Oq, F_O, F_Jb, F_Jz, F_OIv,
	F_EG, F_GE, F_EbGb, F_GbEb, F_GEd, F_GEIz, F_GEIs, F_GM, F_EbIb, F_EIz, F_EIs, F_EIb,
	F_E1, F_Ecl, F_E, F_Eq, F_Eb, F_GEb, F_GEw,
};
/* clang-format on */

static const struct row {
	uint16_t first, last;
	uint8_t form;
	const char *name[8]; /* [1] NULL: the same for all reg fields */
} rows[] = {
#define OP(first, last, name, form) {first, last, F_##form, {name}},
#define GROUP(opcode, form, ...) {opcode, opcode, F_##form, {__VA_ARGS__}},
#include "vm/x64_dis.def"
};

struct decoder {
	const uint8_t *at, *end;
	uint64_t addr;	       /* of what at[-n] was when it began */
	const uint8_t *begin;
	struct str *to;
	bool wide, word, bad;
	uint8_t rex, segment;
	uint8_t mod, reg, rm; /* reg and rm with their prefix bits */
	unsigned opcode;
};

/* ---- bytes ---- */

static uint64_t take(struct decoder *d, unsigned n)
{
	uint64_t v = 0;
	unsigned i;

	if ((size_t)(d->end - d->at) < n) {
		d->bad = true;
		return 0;
	}
	for (i = 0; i < n; i++)
		v |= (uint64_t)*d->at++ << 8 * i;
	return v;
}

static int64_t take_signed(struct decoder *d, unsigned n)
{
	uint64_t v = take(d, n), top = UINT64_C(1) << (8 * n - 1);

	return (int64_t)((v ^ top) - top);
}

/* ---- operands ---- */

static unsigned operand_bits(const struct decoder *d)
{
	return d->wide ? 64 : d->word ? 16 : 32;
}

static void put_reg(struct decoder *d, unsigned reg, unsigned bits)
{
	static const char *const low[] = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
	static const char *const bytes[] = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
	static const char *const suffix[] = {"b", "w", "d", "", ""};
	static const char *const rex_bytes[] = {"spl", "bpl", "sil", "dil"};

	if (reg >= 8)
		str_addf(d->to, "r%u%s", reg, suffix[bits / 16]);
	else if (bits == 8)
		str_add(d->to, d->rex && reg >= 4 ? rex_bytes[reg - 4] : bytes[reg]);
	else
		str_addf(d->to, "%s%s", bits == 64 ? "r" : bits == 32 ? "e" : "", low[reg]);
}

static void put_hex(struct decoder *d, int64_t v, unsigned bits)
{
	uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

	str_addf(d->to, "0x%llx", (unsigned long long)((uint64_t)v & mask));
}

static void put_disp(struct decoder *d, int64_t v)
{
	str_addf(d->to, "%c0x%llx", v < 0 ? '-' : '+', (unsigned long long)(v < 0 ? -v : v));
}

static void put_size(struct decoder *d, unsigned bits)
{
	static const char *const name[] = {"BYTE", "WORD", "DWORD", "", "QWORD"};

	if (bits)
		str_addf(d->to, "%s PTR ", name[bits / 16]);
	if (d->segment)
		str_add(d->to, d->segment == 0x65 ? "gs:" : "fs:");
}

/* What modrm, and what stands behind it, say where memory is. */
static void put_memory(struct decoder *d, unsigned bits)
{
	unsigned sib = (d->rm & 7) == 4 ? (unsigned)take(d, 1) : 0x20, base = d->rm, index;
	bool no_base, rip = d->mod == 0 && (d->rm & 7) == 5;
	int64_t disp = 0;

	if ((d->rm & 7) == 4)
		base = (sib & 7) | (d->rex & 1) << 3;
	index = (sib >> 3 & 7) | (unsigned)(d->rex >> 1 & 1) << 3;
	no_base = d->mod == 0 && (base & 7) == 5 && !rip;
	if (d->mod == 1)
		disp = take_signed(d, 1);
	else if (d->mod == 2 || no_base || rip)
		disp = take_signed(d, 4);
	put_size(d, bits);
	if (no_base && index == 4) { /* an address */
		if (!d->segment)
			str_add(d->to, "ds:");
		put_hex(d, disp, 64);
		return;
	}
	str_addc(d->to, '[');
	if (rip)
		str_add(d->to, "rip");
	else if (!no_base)
		put_reg(d, base, 64);
	if ((d->rm & 7) == 4 && index != 4) {
		if (!no_base)
			str_addc(d->to, '+');
		put_reg(d, index, 64);
		str_addf(d->to, "*%u", 1u << (sib >> 6));
	}
	if (d->mod || no_base || rip)
		put_disp(d, disp);
	str_addc(d->to, ']');
}

static void put_e(struct decoder *d, unsigned bits)
{
	if (d->mod == 3)
		put_reg(d, d->rm, bits);
	else
		put_memory(d, bits);
}

static void comma(struct decoder *d)
{
	str_addc(d->to, ',');
}

static void put_target(struct decoder *d, int64_t distance)
{
	put_hex(d, (int64_t)(d->addr + (uint64_t)(d->at - d->begin) + (uint64_t)distance), 64);
}

static void put_constant(struct decoder *d, unsigned bytes)
{
	comma(d);
	put_hex(d, take_signed(d, bytes), operand_bits(d));
}

static void put_operands(struct decoder *d, enum form form)
{
	unsigned bits = operand_bits(d), z = d->word ? 2 : 4,
		 low = (d->opcode & 7) | (d->rex & 1u) << 3;

	switch (form) {
	case F_none:
		return;
	case F_EG:
		put_e(d, bits), comma(d), put_reg(d, d->reg, bits);
		return;
	case F_GE:
		put_reg(d, d->reg, bits), comma(d), put_e(d, bits);
		return;
	case F_EbGb:
		put_e(d, 8), comma(d), put_reg(d, d->reg, 8);
		return;
	case F_GbEb:
		put_reg(d, d->reg, 8), comma(d), put_e(d, 8);
		return;
	case F_AbIb:
		str_add(d->to, "al,");
		put_hex(d, (int64_t)take(d, 1), 8);
		return;
	case F_AIz:
		put_reg(d, 0, bits), put_constant(d, z);
		return;
	case F_Oq:
		put_reg(d, low, 64);
		return;
	case F_O:
		put_reg(d, low, bits);
		return;
	case F_GEd:
		put_reg(d, d->reg, bits), comma(d), put_e(d, 32);
		return;
	case F_GEIz:
		put_reg(d, d->reg, bits), comma(d), put_e(d, bits), put_constant(d, z);
		return;
	case F_GEIs:
		put_reg(d, d->reg, bits), comma(d), put_e(d, bits), put_constant(d, 1);
		return;
	case F_Jb:
		put_target(d, take_signed(d, 1));
		return;
	case F_Jz:
		put_target(d, take_signed(d, 4));
		return;
	case F_GM:
		put_reg(d, d->reg, bits), comma(d), put_e(d, 0);
		return;
	case F_OIv:
		put_reg(d, low, bits), put_constant(d, d->wide ? 8 : z);
		return;
	case F_EbIb:
		put_e(d, 8), comma(d), put_hex(d, (int64_t)take(d, 1), 8);
		return;
	case F_EIz:
		put_e(d, bits), put_constant(d, z);
		return;
	case F_EIs:
		put_e(d, bits), put_constant(d, 1);
		return;
	case F_EIb:
		put_e(d, bits), comma(d), put_hex(d, (int64_t)take(d, 1), 8);
		return;
	case F_E1:
		put_e(d, bits), str_add(d->to, ",1");
		return;
	case F_Ecl:
		put_e(d, bits), str_add(d->to, ",cl");
		return;
	case F_E:
		put_e(d, bits);
		return;
	case F_Eq:
		put_e(d, 64);
		return;
	case F_Eb:
		put_e(d, 8);
		return;
	case F_GEb:
		put_reg(d, d->reg, bits), comma(d), put_e(d, 8);
		return;
	case F_GEw:
		put_reg(d, d->reg, bits), comma(d), put_e(d, 16);
		return;
	}
	bug("form %d", form);
}

/* ---- instructions ---- */

static const char *name_of(const struct decoder *d, const struct row *row)
{
	if (d->opcode == 0x99 && d->wide)
		return "cqo";
	if (d->opcode >= 0xb8 && d->opcode <= 0xbf && d->wide)
		return "movabs";
	return row->name[row->name[1] ? d->reg & 7 : 0];
}

/* The row for the opcode, with modrm read if it has one. */
static const struct row *find_row(struct decoder *d)
{
	bool modrm = false;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		unsigned byte;

		if (d->opcode < row->first || d->opcode > row->last)
			continue;
		if (row->form > F_OIv && !modrm) {
			byte = (unsigned)take(d, 1);
			d->mod = (uint8_t)(byte >> 6);
			d->reg = (uint8_t)((byte >> 3 & 7) | (d->rex >> 2 & 1u) << 3);
			d->rm = (uint8_t)((byte & 7) | (d->rex & 1u) << 3);
			modrm = true;
		}
		if (!d->bad && *name_of(d, row))
			return row;
	}
	return NULL;
}

static void put_name(struct decoder *d, const char *name)
{
	static const char *const conditions[] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
						 "s", "ns", "p", "np", "l", "ge", "le", "g"};
	const char *percent = strchr(name, '%');

	if (percent) {
		str_addn(d->to, name, (size_t)(percent - name));
		str_add(d->to, conditions[d->opcode & 15]);
	} else {
		str_add(d->to, name);
	}
}

/* shlx and its kin, and rorx: all that is used of the three-byte prefix */
static void decode_vex(struct decoder *d)
{
	static const char *const names[] = {"", "shlx", "sarx", "shrx"};
	unsigned a = (unsigned)take(d, 1), b = (unsigned)take(d, 1), byte;

	d->rex = (uint8_t)(0x40 | (~a >> 7 & 1) << 2 | (~a >> 6 & 1) << 1 | (~a >> 5 & 1));
	d->wide = b >> 7;
	if ((a & 31) != 2 || b & 4 || !(b & 3) || take(d, 1) != 0xf7) {
		d->bad = true;
		return;
	}
	byte = (unsigned)take(d, 1);
	d->mod = (uint8_t)(byte >> 6);
	d->reg = (uint8_t)((byte >> 3 & 7) | (d->rex >> 2 & 1u) << 3);
	d->rm = (uint8_t)((byte & 7) | (d->rex & 1u) << 3);
	str_addf(d->to, "%s ", names[b & 3]);
	put_operands(d, F_GE);
	comma(d);
	put_reg(d, ~b >> 3 & 15, operand_bits(d));
}

static void decode_one(struct decoder *d)
{
	const struct row *row;
	bool lock = false, operands;
	unsigned byte;

	for (;;) {
		byte = (unsigned)take(d, 1);
		if (byte == 0x66)
			d->word = true;
		else if (byte == 0xf0)
			lock = true;
		else if (byte == 0x64 || byte == 0x65 || byte == 0x2e)
			d->segment = (uint8_t)byte;
		else
			break;
	}
	if (byte == 0xc4) {
		decode_vex(d);
		return;
	}
	if (byte >> 4 == 4) {
		d->rex = (uint8_t)byte;
		d->wide = byte >> 3 & 1;
		byte = (unsigned)take(d, 1);
	}
	d->opcode = byte;
	if (byte == 0x0f) {
		d->opcode = 0x100 | (unsigned)take(d, 1);
		if (d->opcode == 0x138)
			d->opcode = 0x200 | (unsigned)take(d, 1);
	}
	row = find_row(d);
	if (!row) {
		d->bad = true;
		return;
	}
	if (lock)
		str_add(d->to, "lock ");
	if (d->segment == 0x2e) { /* which does nothing but be long */
		str_add(d->to, "cs ");
		d->segment = 0;
	}
	put_name(d, name_of(d, row));
	operands = row->form != F_none;
	if (operands)
		str_addc(d->to, ' ');
	put_operands(d, (enum form)row->form);
}

/* Sequences without modrm-shaped operands that the rest does not know. */
static size_t fixed(const uint8_t *at, size_t left, struct str *to)
{
	static const struct {
		uint8_t n, bytes[4];
		const char *text;
	} known[] = {
		{4, {0xf3, 0x0f, 0x1e, 0xfa}, "endbr64"}, {3, {0x0f, 0xae, 0xe8}, "lfence"},
		{3, {0x0f, 0xae, 0xf0}, "mfence"},	  {2, {0xf3, 0x90}, "pause"},
		{2, {0x66, 0x90}, "xchg ax,ax"},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++) {
		if (left >= known[i].n && !memcmp(at, known[i].bytes, known[i].n)) {
			str_add(to, known[i].text);
			return known[i].n;
		}
	}
	return 0;
}

size_t vm_x64_dis(const uint8_t *at, size_t left, uint64_t addr, struct str *to)
{
	struct decoder d = {.at = at, .end = at + left, .addr = addr, .begin = at, .to = to};
	size_t n = fixed(at, left, to), before = to->n;

	if (n)
		return n;
	decode_one(&d);
	if (!d.bad)
		return (size_t)(d.at - at);
	str_cut(to, before);
	return 0;
}

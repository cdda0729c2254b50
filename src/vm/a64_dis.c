/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arm64 instructions as text, as GNU objdump has it. Only those that BPF JITs write (a64_dis.def);
 * of any other word, vm_a64_dis() says that it does not know.
 */
#include "vm/a64_dis.h"

enum operand {
	NONE,
#define OPERAND(name) name,
#include "vm/a64_dis.def"
};

static const struct row {
	uint32_t value, mask;
	const char *name;
	uint8_t operand[4];
} rows[] = {
#define OP(value, mask, name, ...) {value, mask, name, {__VA_ARGS__}},
#include "vm/a64_dis.def"
};

struct decoder {
	uint32_t word;
	uint64_t addr;
	struct str *to;
	bool refused; /* by an operand */
};

static const char *const conditions[] = {"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc",
					 "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"};

/* ---- fields ---- */

static uint32_t field(const struct decoder *d, unsigned at, unsigned bits)
{
	return d->word >> at & ((1u << bits) - 1);
}

static int64_t signed_field(const struct decoder *d, unsigned at, unsigned bits)
{
	uint32_t top = 1u << (bits - 1);

	return (int64_t)(field(d, at, bits) ^ top) - top;
}

static bool is_wide(const struct decoder *d)
{
	return d->word >> 31;
}

static void refuse_if(struct decoder *d, bool when)
{
	d->refused |= when;
}

/* ---- registers ---- */

static void put_reg(struct decoder *d, bool wide, unsigned at)
{
	unsigned reg = field(d, at, 5);

	if (reg == 31)
		str_add(d->to, wide ? "xzr" : "wzr");
	else
		str_addf(d->to, "%c%u", wide ? 'x' : 'w', reg);
}

static void put_reg_sp(struct decoder *d, bool wide, unsigned at)
{
	if (field(d, at, 5) == 31)
		str_add(d->to, wide ? "sp" : "wsp");
	else
		put_reg(d, wide, at);
}

static void put_shifted(struct decoder *d, bool may_turn)
{
	static const char *const names[] = {"lsl", "lsr", "asr", "ror"};
	unsigned how = field(d, 22, 2), n = field(d, 10, 6);

	refuse_if(d, (how == 3 && !may_turn) || (!is_wide(d) && n >= 32));
	put_reg(d, is_wide(d), 16);
	if (how || n)
		str_addf(d->to, ", %s #%u", names[how], n);
}

static const char *const extensions[] = {"uxtb", "uxth", "uxtw", "uxtx",
					 "sxtb", "sxth", "sxtw", "sxtx"};

/* Beside sp, an extension that changes nothing is a shift, and none if it is by 0. */
static void put_extended(struct decoder *d)
{
	bool sets_flags = field(d, 29, 1);
	bool sp = field(d, 5, 5) == 31 || (!sets_flags && field(d, 0, 5) == 31);
	unsigned how = field(d, 13, 3), n = field(d, 10, 3);

	refuse_if(d, n > 4);
	put_reg(d, is_wide(d) && (how & 3) == 3, 16);
	sp = sp && how == (is_wide(d) ? 3 : 2);
	if (!sp)
		str_addf(d->to, ", %s", extensions[how]);
	else if (n)
		str_add(d->to, ", lsl");
	if (n)
		str_addf(d->to, " #%u", n);
}

/* ---- constants ---- */

static void put_hex(struct decoder *d, uint64_t v)
{
	str_addf(d->to, "#0x%llx", (unsigned long long)v);
}

static void put_imm12(struct decoder *d)
{
	put_hex(d, field(d, 10, 12));
	if (field(d, 22, 1))
		str_add(d->to, ", lsl #12");
}

/* A run of ones in elements of 2 to 64 bits: the field's ones from the top tell the size. */
static uint64_t mask_of(struct decoder *d)
{
	unsigned imms = field(d, 10, 6), turn = field(d, 16, 6), size = 64, ones, i;
	uint64_t run, v = 0;

	if (!field(d, 22, 1)) {
		for (size = 32; size > 1 && imms & size; size /= 2)
			;
	}
	ones = (imms & (size - 1)) + 1;
	turn &= size - 1;
	refuse_if(d, size < 2 || ones == size || (!is_wide(d) && size == 64));
	if (d->refused)
		return 0;
	run = (UINT64_C(1) << ones) - 1;
	if (turn)
		run = run >> turn | run << (size - turn);
	if (size < 64)
		run &= (UINT64_C(1) << size) - 1;
	for (i = 0; i < 64; i += size)
		v |= run << i;
	return is_wide(d) ? v : (uint32_t)v;
}

/* How many parts of 16 bits are not like `fill`. */
static unsigned parts_but(const struct decoder *d, uint64_t v, uint16_t fill)
{
	unsigned i, n = 0;

	for (i = 0; i < (is_wide(d) ? 64 : 32); i += 16)
		n += (uint16_t)(v >> i) != fill;
	return n;
}

static void put_mask_alone(struct decoder *d)
{
	uint64_t v = mask_of(d);

	refuse_if(d,
		  field(d, 0, 5) != 31 && (parts_but(d, v, 0) < 2 || parts_but(d, v, 0xffff) < 2));
	put_hex(d, v);
}

static void put_imm16(struct decoder *d)
{
	unsigned shift = field(d, 21, 2) * 16;

	refuse_if(d, !is_wide(d) && shift > 16);
	put_hex(d, field(d, 5, 16));
	if (shift)
		str_addf(d->to, ", lsl #%u", shift);
}

static void put_wide(struct decoder *d, bool inverted)
{
	unsigned shift = field(d, 21, 2) * 16;
	uint64_t v = (uint64_t)field(d, 5, 16) << shift;

	refuse_if(d, (!v && shift) ||
			     (!is_wide(d) && (shift > 16 || (inverted && v >> shift == 0xffff))));
	v = inverted ? ~v : v;
	put_hex(d, is_wide(d) ? v : (uint32_t)v);
}

/* ---- bit fields ---- */

struct bit_field {
	unsigned first, last, width; /* of the register */
};

static struct bit_field bits_of(struct decoder *d)
{
	struct bit_field b = {field(d, 16, 6), field(d, 10, 6), is_wide(d) ? 64 : 32};

	refuse_if(d, field(d, 22, 1) != is_wide(d) || b.first >= b.width || b.last >= b.width);
	return b;
}

static void put_two(struct decoder *d, unsigned first, unsigned count)
{
	str_addf(d->to, "#%u, #%u", first, count);
}

static void put_bits(struct decoder *d, enum operand what)
{
	struct bit_field b = bits_of(d);

	if (what == RIGHT) {
		refuse_if(d, b.last != b.width - 1);
		str_addf(d->to, "#%u", b.first);
	} else if (what == LEFT) {
		refuse_if(d, b.last == b.width - 1 || b.last + 1 != b.first);
		str_addf(d->to, "#%u", b.width - b.first);
	} else if (what == FIELD_UP) {
		refuse_if(d, b.last >= b.first);
		put_two(d, b.width - b.first, b.last + 1);
	} else {
		refuse_if(d, b.last < b.first);
		put_two(d, b.first, b.last - b.first + 1);
	}
}

static void put_count(struct decoder *d)
{
	refuse_if(d, field(d, 22, 1) != is_wide(d) || (!is_wide(d) && field(d, 10, 6) > 31));
	str_addf(d->to, "#%u", field(d, 10, 6));
}

/* ---- conditions and jumps ---- */

static void put_cond_not(struct decoder *d)
{
	unsigned cond = field(d, 12, 4);

	refuse_if(d, cond >= 14);
	str_add(d->to, conditions[cond ^ 1]);
}

static void put_target(struct decoder *d, int64_t distance)
{
	str_addf(d->to, "0x%llx", (unsigned long long)(d->addr + (uint64_t)distance));
}

/* ---- memory ---- */

static void put_base(struct decoder *d)
{
	str_addc(d->to, '[');
	put_reg_sp(d, true, 5);
}

static void put_offset(struct decoder *d, int64_t offset)
{
	put_base(d);
	if (offset)
		str_addf(d->to, ", #%lld", (long long)offset);
	str_addc(d->to, ']');
}

static void put_before(struct decoder *d, int64_t offset)
{
	put_base(d);
	str_addf(d->to, ", #%lld]!", (long long)offset);
}

static void put_behind(struct decoder *d, int64_t offset)
{
	put_base(d);
	str_addf(d->to, "], #%lld", (long long)offset);
}

static void put_indexed(struct decoder *d)
{
	unsigned how = field(d, 13, 3), scaled = field(d, 12, 1);

	refuse_if(d, !(how & 2));
	put_base(d);
	str_add(d->to, ", ");
	put_reg(d, how & 1, 16);
	if (how != 3 || scaled)
		str_addf(d->to, ", %s", how == 3 ? "lsl" : extensions[how]);
	if (scaled)
		str_addf(d->to, " #%u", field(d, 30, 2));
	str_addc(d->to, ']');
}

/* What changes its base must not load or store it too. */
static void refuse_base(struct decoder *d, unsigned at)
{
	refuse_if(d, field(d, 5, 5) != 31 && field(d, 5, 5) == field(d, at, 5));
}

static void refuse_bases(struct decoder *d)
{
	refuse_base(d, 0);
	refuse_base(d, 10);
}

/* Nor may one register be loaded twice. */
static int64_t pair_offset(struct decoder *d)
{
	refuse_if(d, field(d, 22, 1) && field(d, 0, 5) == field(d, 10, 5));
	return signed_field(d, 15, 7) * (is_wide(d) ? 8 : 4);
}

/* ---- the rest ---- */

static void put_name_of(struct decoder *d, const char *name)
{
	refuse_if(d, !name);
	if (name)
		str_add(d->to, name);
}

static void put_prefetch(struct decoder *d)
{
	static const char *const what[] = {"pld", "pli", "pst", NULL};
	unsigned how = field(d, 0, 5);

	refuse_if(d, (how >> 1 & 3) == 3);
	put_name_of(d, what[how >> 3]);
	str_addf(d->to, "l%u%s", (how >> 1 & 3) + 1, how & 1 ? "strm" : "keep");
}

static const char *barrier(unsigned crm)
{
	static const char *const names[] = {NULL,    "oshld", "oshst", "osh",   NULL,    "nshld",
					    "nshst", "nsh",   NULL,    "ishld", "ishst", "ish",
					    NULL,    "ld",    "st",    "sy"};

	return names[crm];
}

static const char *system_register(uint32_t word)
{
	static const struct {
		uint32_t field;
		const char *name;
	} known[] = {
		{0x84100, "sp_el0"},    {0x8d080, "tpidr_el1"},  {0xcd040, "tpidr_el2"},
		{0xbd040, "tpidr_el0"}, {0xbe040, "cntvct_el0"},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++)
		if ((word & 0xfffe0) == known[i].field)
			return known[i].name;
	return NULL;
}

/* One operand a line. */
/* clang-format off */
static void put_operand(struct decoder *d, enum operand what)
{
	switch (what) {
	case RD: case RT: put_reg(d, is_wide(d), 0); return;
	case RN: put_reg(d, is_wide(d), 5); return;
	case RM: put_reg(d, is_wide(d), 16); return;
	case RA: put_reg(d, is_wide(d), 10); return;
	case RD_SP: put_reg_sp(d, is_wide(d), 0); return;
	case RN_SP: put_reg_sp(d, is_wide(d), 5); return;
	case WN: put_reg(d, false, 5); return;
	case WM: put_reg(d, false, 16); return;
	case XD: case XT: put_reg(d, true, 0); return;
	case XN: put_reg(d, true, 5); return;
	case XA: put_reg(d, true, 10); return;
	case WT: put_reg(d, false, 0); return;
	case WT2: put_reg(d, false, 10); return;
	case XT2: put_reg(d, true, 10); return;
	case ST: put_reg(d, field(d, 30, 1), 0); return;
	case SS: put_reg(d, field(d, 30, 1), 16); return;
	case WS: put_reg(d, false, 16); return;
	case RM_SHIFTED: put_shifted(d, false); return;
	case RM_ROTATED: put_shifted(d, true); return;
	case RM_EXTENDED: put_extended(d); return;
	case RM_ANY: refuse_if(d, field(d, 5, 5) != field(d, 16, 5)); return;
	case IMM12: put_imm12(d); return;
	case MASK: put_hex(d, mask_of(d)); return;
	case MASK_ALONE: put_mask_alone(d); return;
	case IMM16: put_imm16(d); return;
	case WIDE: put_wide(d, false); return;
	case WIDE_NOT: put_wide(d, true); return;
	case BREAK: put_hex(d, field(d, 5, 16)); return;
	case RIGHT: case LEFT: case FIELD_UP: case FIELD_DOWN: put_bits(d, what); return;
	case COUNT: put_count(d); return;
	case COND: str_add(d->to, conditions[field(d, 12, 4)]); return;
	case COND_NOT: put_cond_not(d); return;
	case TO26: put_target(d, signed_field(d, 0, 26) * 4); return;
	case TO19: put_target(d, signed_field(d, 5, 19) * 4); return;
	case TO14: put_target(d, signed_field(d, 5, 14) * 4); return;
	case TO_ADR: put_target(d, signed_field(d, 5, 19) * 4 + field(d, 29, 2)); return;
	case TESTED: put_reg(d, is_wide(d), 0); return;
	case BIT: str_addf(d->to, "#%u", field(d, 31, 1) << 5 | field(d, 19, 5)); return;
	case AT: put_offset(d, 0); return;
	case AT_SCALED: put_offset(d, (int64_t)field(d, 10, 12) << field(d, 30, 2)); return;
	case AT_UNSCALED: put_offset(d, signed_field(d, 12, 9)); return;
	case AT_POST: put_behind(d, signed_field(d, 12, 9)), refuse_base(d, 0); return;
	case AT_PRE: put_before(d, signed_field(d, 12, 9)), refuse_base(d, 0); return;
	case AT_INDEX: put_indexed(d); return;
	case AT_PAIR: put_offset(d, pair_offset(d)); return;
	case AT_PAIR_POST: put_behind(d, pair_offset(d)), refuse_bases(d); return;
	case AT_PAIR_PRE: put_before(d, pair_offset(d)), refuse_bases(d); return;
	case BARRIER: put_name_of(d, barrier(field(d, 8, 4))); return;
	case PREFETCH: put_prefetch(d); return;
	case SYSTEM: put_name_of(d, system_register(d->word)); return;
	case NONE: return;
	}
	bug("operand %d", what);
}
/* clang-format on */

/* ---- instructions ---- */

static void put_row(struct decoder *d, const struct row *row)
{
	const char *percent = strchr(row->name, '%');
	unsigned i;

	if (percent) {
		str_addn(d->to, row->name, (size_t)(percent - row->name));
		str_add(d->to, conditions[field(d, 0, 4)]);
	} else {
		str_add(d->to, row->name);
	}
	for (i = 0; i < ARRAY_LEN(row->operand) && row->operand[i]; i++) {
		if (row->operand[i] != RM_ANY)
			str_add(d->to, i ? ", " : " ");
		put_operand(d, (enum operand)row->operand[i]);
	}
}

size_t vm_a64_dis(const uint8_t *at, size_t left, uint64_t addr, struct str *to)
{
	struct decoder d = {.addr = addr, .to = to};
	size_t i, before = to->n;

	if (left < 4)
		return 0;
	d.word = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if ((d.word & rows[i].mask) != rows[i].value)
			continue;
		d.refused = false;
		put_row(&d, &rows[i]);
		if (!d.refused)
			return 4;
		str_cut(to, before);
	}
	return 0;
}

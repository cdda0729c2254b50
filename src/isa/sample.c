/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Valid encodings of a given row, for round trips and fuzzers: the random program generator's
 * bottom.
 *
 * Half of the numbers are corners (around 0, around the ends of 8, 16 and 32 bits), because that is
 * where printing and parsing go wrong. The fields come from the form's shape; the few relations
 * that shapes do not say (map loads have no upper half) are here.
 */
#include "isa/impl.h"

static uint64_t next(uint64_t *seed) /* splitmix64 */
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int64_t number(uint64_t *seed)
{
	static const int64_t corners[] = {
		0,
		1,
		-1,
		2,
		7,
		8,
		127,
		-128,
		255,
		256,
		511,
		-512,
		32767,
		-32768,
		65535,
		65536,
		INT32_MAX,
		INT32_MIN,
		(int64_t)UINT32_MAX,
		INT64_MAX,
		INT64_MIN,
	};
	uint64_t r = next(seed);

	return r & 1 ? corners[(r >> 1) % ARRAY_LEN(corners)] : (int64_t)next(seed);
}

static unsigned reg(uint64_t *seed)
{
	return next(seed) % ISA_REG_MAX;
}

static int32_t imm_of(const struct isa_row *r, const struct isa_shape *s, uint64_t *seed)
{
	int32_t width = isa_is32(r->code) ? 32 : 64, v = (int32_t)(uint64_t)number(seed);

	switch ((enum isa_field)s->imm) {
	case FIELD_ANY:
		return v;
	case FIELD_SEL:
		return r->value;
	case FIELD_SHIFT:
		return v & (width - 1);
	case FIELD_DIVISOR:
		return v ? v : 1;
	case FIELD_SPACES:
		return v & 1 ? 1 : 1 << 16;
	case FIELD_ZERO:
	case FIELD_FREE:
	case FIELD_READ:
	case FIELD_WRITE:
	case FIELD_BOTH:
		break;
	}
	return 0;
}

size_t isa_sample(enum isa_id id, uint64_t *seed, struct insn ret_at[2])
{
	const struct isa_row *r = isa_row(id);
	const struct isa_shape *s = &isa_shapes[r->form];
	struct insn *i = ret_at;

	assert(id != ISA_NONE);
	memset(ret_at, 0, 2 * sizeof(*ret_at));
	i->code = r->code;
	if (s->dst != FIELD_ZERO)
		i->dst = reg(seed) & 15;
	if (s->src == FIELD_SEL)
		i->src = r->value & 15;
	else if (s->src != FIELD_ZERO)
		i->src = reg(seed) & 15;
	if (s->off == FIELD_SEL)
		i->off = r->sel == ISA_SEL_OFF ? r->value : 0;
	else if (s->off != FIELD_ZERO)
		i->off = (int16_t)(uint64_t)number(seed);
	i->imm = imm_of(r, s, seed);
	if (!isa_is_ld_imm64(i))
		return 1;
	if (id != ISA_LD_MAP_FD && id != ISA_LD_MAP_IDX)
		i[1].imm = (int32_t)(uint64_t)number(seed);
	return 2;
}

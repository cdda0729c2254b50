/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Internet checksums. Sums are kept modulo 2^32 - 1, as 32 bits with the carry brought around,
 * which is what the kernel's are on x86-64 too, so that even complements of unfolded sums agree.
 */
#include "vm/helper.h"

static uint32_t add(uint32_t a, uint32_t b)
{
	uint32_t sum = a + b;

	return sum + (sum < b);
}

static uint32_t sub(uint32_t a, uint32_t b)
{
	return add(a, ~b);
}

static uint16_t from32(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static uint32_t partial(const uint8_t *p, size_t n, uint32_t sum)
{
	uint64_t total = sum;
	uint32_t word;

	for (; n >= 4; n -= 4, p += 4) {
		memcpy(&word, p, 4);
		total += word;
	}
	word = 0;
	memcpy(&word, p, n);
	total += word;
	total = (total & UINT32_MAX) + (total >> 32);
	return (uint32_t)(total & UINT32_MAX) + (uint32_t)(total >> 32);
}

HELPER(csum_diff)
{
	uint32_t from_n = (uint32_t)r2, to_n = (uint32_t)r4, sum = (uint32_t)r5;
	void *from, *to;

	if (!helper_mem(run, r1, from_n, false, &from) || !helper_mem(run, r3, to_n, false, &to))
		return 0;
	if (from_n && to_n)
		sum = sub(partial(to, to_n, sum), partial(from, from_n, 0));
	else if (to_n)
		sum = partial(to, to_n, sum);
	else if (from_n)
		sum = ~partial(from, from_n, ~sum);
	return from32(sum);
}

/* ---- replacing what a checksum in the packet covers ---- */

/* The complement is of all 32 bits, as in the kernel: its upper half is not zero. */
static uint16_t replace_4(uint16_t csum, uint32_t from, uint32_t to)
{
	return (uint16_t)~from32(add(sub(~(uint32_t)csum, from), to));
}

static uint16_t replace_diff(uint16_t csum, uint32_t diff)
{
	return (uint16_t)~from32(add(diff, ~(uint32_t)csum));
}

static uint16_t add16(uint16_t a, uint16_t b)
{
	uint16_t sum = (uint16_t)(a + b);

	return (uint16_t)(sum + (sum < b));
}

static uint16_t replace_2(uint16_t csum, uint16_t from, uint16_t to)
{
	return (uint16_t)~add16(add16((uint16_t)~csum, (uint16_t)~from), to);
}

enum { FIELD_MASK = 0xf };

static int check_offset(const struct vm_packet *p, uint32_t off)
{
	return off > 0xffff || off & 1 || off + 2 > p->len ? -EFAULT : 0;
}

HELPER(l3_csum_replace)
{
	struct vm_packet *p = helper_skb(run, r1);
	uint16_t csum;

	if (!p)
		return 0;
	if (r5 & ~(uint64_t)FIELD_MASK)
		return neg(-EINVAL);
	if (check_offset(p, (uint32_t)r2))
		return neg(-EFAULT);
	memcpy(&csum, packet_bytes(p) + (uint32_t)r2, 2);
	switch (r5 & FIELD_MASK) {
	case 0:
		if (r3)
			return neg(-EINVAL);
		csum = replace_diff(csum, (uint32_t)r4);
		break;
	case 2:
		csum = replace_2(csum, (uint16_t)r3, (uint16_t)r4);
		break;
	case 4:
		csum = replace_4(csum, (uint32_t)r3, (uint32_t)r4);
		break;
	default:
		return neg(-EINVAL);
	}
	memcpy(packet_bytes(p) + (uint32_t)r2, &csum, 2);
	return 0;
}

HELPER(l4_csum_replace)
{
	enum { PSEUDO = 0x10, MANGLED_0 = 0x20, ENFORCE = 0x40, IPV6 = 0x80, MANGLED = 0xffff };
	struct vm_packet *p = helper_skb(run, r1);
	uint16_t csum;

	if (!p)
		return 0;
	if (r5 & ~(uint64_t)(FIELD_MASK | PSEUDO | MANGLED_0 | ENFORCE | IPV6))
		return neg(-EINVAL);
	if (check_offset(p, (uint32_t)r2))
		return neg(-EFAULT);
	memcpy(&csum, packet_bytes(p) + (uint32_t)r2, 2);
	if (r5 & MANGLED_0 && !(r5 & ENFORCE) && !csum)
		return 0;
	switch (r5 & FIELD_MASK) {
	case 0:
		if (r3)
			return neg(-EINVAL);
		csum = replace_diff(csum, (uint32_t)r4);
		break;
	case 2:
		csum = replace_4(csum, (uint16_t)r3, (uint16_t)r4);
		break;
	case 4:
		csum = replace_4(csum, (uint32_t)r3, (uint32_t)r4);
		break;
	default:
		return neg(-EINVAL);
	}
	if (r5 & MANGLED_0 && !csum)
		csum = MANGLED;
	memcpy(packet_bytes(p) + (uint32_t)r2, &csum, 2);
	return 0;
}

/* ---- what the device says about checksums: here it says nothing, or that they are right ---- */

HELPER(csum_update)
{
	return helper_skb(run, r1) ? neg(-ENOTSUPP) : 0;
}

void packet_reset_csum(struct vm_packet *p)
{
	p->csum_unnecessary = false;
	p->csum_level = 0;
}

HELPER(csum_level)
{
	enum { QUERY, INC, DEC, RESET, LEVEL_MAX = 3 };
	struct vm_packet *p = helper_skb(run, r1);

	if (!p)
		return 0;
	switch (r2) {
	case QUERY:
		return neg(p->csum_unnecessary ? p->csum_level : -EACCES);
	case INC:
		if (p->csum_unnecessary)
			p->csum_level += p->csum_level < LEVEL_MAX;
		p->csum_unnecessary = true;
		return 0;
	case DEC:
		if (p->csum_unnecessary && p->csum_level)
			p->csum_level--;
		else
			p->csum_unnecessary = false;
		return 0;
	case RESET:
		packet_reset_csum(p);
		return 0;
	default:
		return neg(-EINVAL);
	}
}

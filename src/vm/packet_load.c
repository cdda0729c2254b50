/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * LD_ABS and LD_IND: what classic BPF's loads have become. They read the packet of the context in r6,
 * in network order, and end the function with 0 where the packet does not have that many bytes.
 *
 * kernel: bpf_skb_load_helper_8() and its kin. Offsets below 0 count from the network or the link
 * header, and may there lead in front of the data.
 */
#include "vm/helper.h"

enum { FROM_NET = -0x100000, FROM_LINK = -0x200000 };

/* Where it lies, from the data's begin; a place that no packet has for what leads nowhere. */
static int64_t place_of(const struct vm_packet *p, int32_t off)
{
	if (off >= 0)
		return off;
	if (off >= FROM_NET)
		return (int64_t)p->network + (off - FROM_NET);
	return off >= FROM_LINK ? (int64_t)p->mac + (off - FROM_LINK) : INT64_MAX;
}

uint64_t vm_packet_load(struct vm_run *run, uint64_t ctx, uint64_t off, uint64_t size)
{
	struct vm_packet *p = run->world ? run->world->packet : NULL;
	const uint8_t *from;
	uint64_t value = 0;
	int64_t at;

	if (!p || p->kind != VM_PACKET_SKB || ctx != address(&p->skb)) {
		helper_fault(run, ctx, sizeof(p->skb));
		return 0;
	}
	at = place_of(p, (int32_t)off);
	if (at > (int64_t)p->len - (int64_t)size || at < -(int64_t)p->at) {
		run->err = VM_LEAVE;
		return 0;
	}
	for (from = p->buf + ((int64_t)p->at + at); size; size--)
		value = value << 8 | *from++;
	return value;
}

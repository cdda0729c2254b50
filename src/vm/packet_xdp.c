/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers on an xdp_buff: a frame with fixed room in front and behind, and metadata before the
 * data.
 */
#include "vm/helper.h"

enum { FRAME_HEADER = 40, META_MAX = 255 }; /* struct xdp_frame lies at the begin of the frame */

HELPER(xdp_get_buff_len)
{
	const struct vm_packet *p = helper_xdp(run, r1);

	return p ? p->len : 0;
}

HELPER(xdp_adjust_head)
{
	struct vm_packet *p = helper_xdp(run, r1);
	int64_t by = (int32_t)r2, at;

	if (!p)
		return 0;
	at = p->at + by;
	if (at < (int64_t)FRAME_HEADER + p->meta || at > (int64_t)p->at + p->len - ETH_HLEN)
		return neg(-EINVAL);
	memmove(p->buf + at - p->meta, packet_bytes(p) - p->meta, p->meta);
	p->at = (uint32_t)at;
	p->len = (uint32_t)(p->len - by);
	packet_moved(run, p);
	return 0;
}

HELPER(xdp_adjust_tail)
{
	struct vm_packet *p = helper_xdp(run, r1);
	int64_t by = (int32_t)r2;

	if (!p)
		return 0;
	if (p->at + p->len + by > p->frame_end || p->len + by < ETH_HLEN)
		return neg(-EINVAL);
	if (by > 0)
		memset(packet_bytes(p) + p->len, 0, (size_t)by);
	p->len = (uint32_t)(p->len + by);
	packet_moved(run, p);
	return 0;
}

HELPER(xdp_adjust_meta)
{
	struct vm_packet *p = helper_xdp(run, r1);
	int64_t meta;

	if (!p)
		return 0;
	meta = (int64_t)p->meta - (int32_t)r2;
	if (meta < 0 || meta > (int64_t)p->at - FRAME_HEADER)
		return neg(-EINVAL);
	if (meta % 4 || meta > META_MAX)
		return neg(-EACCES);
	p->meta = (uint32_t)meta;
	packet_moved(run, p);
	return 0;
}

static int check_range(const struct vm_packet *p, uint32_t off, uint32_t len)
{
	if (off > 0xffff || len > 0xffff)
		return -EFAULT;
	return off + len > p->len ? -EINVAL : 0;
}

HELPER(xdp_load_bytes)
{
	const struct vm_packet *p = helper_xdp(run, r1);
	uint32_t off = (uint32_t)r2, len = (uint32_t)r4;
	void *to;
	int err;

	if (!p || !helper_mem(run, r3, len, true, &to))
		return 0;
	err = check_range(p, off, len);
	if (!err && len)
		memmove(to, packet_bytes(p) + off, len);
	return neg(err);
}

HELPER(xdp_store_bytes)
{
	struct vm_packet *p = helper_xdp(run, r1);
	uint32_t off = (uint32_t)r2, len = (uint32_t)r4;
	void *from;
	int err;

	if (!p || !helper_mem(run, r3, len, false, &from))
		return 0;
	err = check_range(p, off, len);
	if (!err && len)
		memmove(packet_bytes(p) + off, from, len);
	return neg(err);
}

KFUNC(bpf_xdp_pull_data) /* all of it is here already */
{
	const struct vm_packet *p = helper_xdp(run, r1);

	return p ? neg((uint32_t)r2 > p->len ? -EINVAL : 0) : 0;
}

/* ---- what the device has told ---- */

static int hint(const struct vm_world *w, enum vm_xdp_hint h, uint64_t *ret_a, uint32_t *ret_b)
{
	return w->outside && w->outside->xdp_hint ? w->outside->xdp_hint(w->arg, h, ret_a, ret_b)
						  : -EOPNOTSUPP;
}

KFUNC(bpf_xdp_metadata_rx_timestamp)
{
	uint64_t *at = helper_xdp(run, r1) ? vm_mem(run, r2, sizeof(*at), true) : NULL, a;
	uint32_t b;
	int err;

	if (!at)
		return 0;
	err = hint(run->world, VM_XDP_TIMESTAMP, &a, &b);
	if (!err)
		memcpy(at, &a, sizeof(a));
	return neg(err);
}

KFUNC(bpf_xdp_metadata_rx_hash)
{
	uint32_t *hash = helper_xdp(run, r1) ? vm_mem(run, r2, sizeof(*hash), true) : NULL, *type,
		 b;
	uint64_t a;
	int err;

	type = hash ? vm_mem(run, r3, sizeof(*type), true) : NULL;
	if (!type)
		return 0;
	err = hint(run->world, VM_XDP_HASH, &a, &b);
	if (!err) {
		memcpy(hash, &(uint32_t){(uint32_t)a}, sizeof(*hash));
		memcpy(type, &b, sizeof(b));
	}
	return neg(err);
}

KFUNC(bpf_xdp_metadata_rx_vlan_tag)
{
	uint16_t *proto = helper_xdp(run, r1) ? vm_mem(run, r2, sizeof(*proto), true) : NULL, *tag;
	uint64_t a;
	uint32_t b;
	int err;

	tag = proto ? vm_mem(run, r3, sizeof(*tag), true) : NULL;
	if (!tag)
		return 0;
	err = hint(run->world, VM_XDP_VLAN, &a, &b);
	if (!err) {
		memcpy(tag, &(uint16_t){(uint16_t)a}, sizeof(*tag));
		memcpy(proto, &(uint16_t){(uint16_t)b}, sizeof(*proto));
	}
	return neg(err);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs with a struct __sk_buff: socket filters, TC, cgroup_skb, LWT. */
#include <net/if.h>

#include "engine/impl.h"

enum { HEADROOM = 64, TAILROOM = 320, ETH_LEN = 14, GSO_MAX = 65535, GSO_LEGACY_MAX = 65536 };
enum { CHECKSUM_COMPLETE = 4 }; /* BPF_F_TEST_SKB_CHECKSUM_COMPLETE */

static bool is_zero(const void *at, size_t from, size_t to)
{
	const uint8_t *p = at;

	for (; from < to; from++)
		if (p[from])
			return false;
	return true;
}

#define GAP(s, a, b)                                                                               \
	is_zero(s, offsetof(struct vm_skb, a) + sizeof((s)->a), offsetof(struct vm_skb, b))

/* kernel: convert___skb_to_skb() */
static int take_ctx(struct vm_packet *p, const struct vm_skb *in)
{
	struct vm_skb *s = &p->skb;

	if (!in) {
		s->wire_len = 0; /* nobody has said */
		return 0;
	}
	if (!is_zero(in, 0, offsetof(struct vm_skb, mark)) || !GAP(in, mark, priority) ||
	    !GAP(in, ifindex, cb) || !GAP(in, cb, tstamp) || !GAP(in, gso_segs, gso_size) ||
	    !GAP(in, gso_size, hwtstamp))
		return -EINVAL;
	if (in->wire_len && (in->wire_len < p->len || in->wire_len > GSO_LEGACY_MAX))
		return -EINVAL;
	if (in->gso_segs > GSO_MAX)
		return -EINVAL;
	s->mark = in->mark;
	s->priority = in->priority;
	s->ingress_ifindex = in->ingress_ifindex;
	s->ifindex = MAX(in->ifindex, 1u);
	memcpy(s->cb, in->cb, sizeof(s->cb));
	s->tstamp = in->tstamp;
	s->wire_len = in->wire_len ? in->wire_len : p->len;
	s->gso_segs = in->gso_segs;
	s->gso_size = in->gso_size;
	s->hwtstamp = in->hwtstamp;
	return 0;
}

/* kernel: convert_skb_to___skb() */
static void give_ctx(const struct vm_packet *p, struct vm_skb *out)
{
	const struct vm_skb *s = &p->skb;

	if (!out)
		return;
	out->mark = s->mark;
	out->priority = s->priority;
	out->ingress_ifindex = s->ingress_ifindex;
	out->ifindex = s->ifindex;
	out->tstamp = s->tstamp;
	memcpy(out->cb, s->cb, sizeof(out->cb));
	out->wire_len = s->wire_len;
	out->gso_segs = s->gso_segs;
	out->hwtstamp = s->hwtstamp;
}

static int check_headers(const uint8_t *data, uint32_t len)
{
	uint32_t proto = (uint32_t)data[12] << 8 | data[13];

	if (proto == 0x0800 && len - ETH_LEN < 20)
		return -EINVAL;
	return proto == 0x86dd && len - ETH_LEN < 40 ? -EINVAL : 0;
}

/* What comes out of a program that sees no Ethernet header has one of zeros. */
static int give_data(struct call *c, const struct vm_packet *p, uint64_t r0, uint32_t duration)
{
	uint8_t *copy;
	int err;

	if (!p->l3)
		return run_data_out(c, vm_packet_data(p), p->len, (uint32_t)r0, duration);
	copy = mem_alloc(p->len + ETH_LEN);
	if (!copy)
		return -ENOMEM;
	memcpy(copy + ETH_LEN, vm_packet_data(p), p->len);
	err = run_data_out(c, copy, p->len + ETH_LEN, (uint32_t)r0, duration);
	mem_free(copy);
	return err;
}

static int run_packet(struct call *c, struct runner *r, struct vm_packet *packet, const void *data,
		      struct vm_skb *ctx)
{
	char name[IF_NAMESIZE];
	uint32_t duration;
	uint64_t r0;
	int err;

	if (ctx && ctx->ifindex > 1 && !if_indextoname(ctx->ifindex, name))
		return -ENODEV;
	err = check_headers(data, c->a->test.data_size_in);
	if (!err)
		err = vm_packet_set(packet, data, c->a->test.data_size_in);
	if (!err)
		err = take_ctx(packet, ctx);
	if (err)
		return err;
	r->world.packet = packet;
	r->arg[0] = engine_ptr(vm_packet_ctx(packet));
	err = runner_repeat(r, c->a->test.repeat, &r0, &duration);
	if (err)
		return err;
	give_ctx(packet, ctx);
	err = give_data(c, packet, r0, duration);
	return err ? err : run_ctx_out(c, ctx, sizeof(*ctx));
}

int run_skb(struct call *c, struct prog_object *p)
{
	uint32_t flags = c->e->engine.kernel >= ABI_KERNEL(6, 11) ? CHECKSUM_COMPLETE : 0;
	struct vm_packet packet;
	struct runner r;
	void *data, *ctx;
	int err;

	if (c->a->test.flags & ~flags || c->a->test.cpu || c->a->test.batch_size)
		return -EINVAL;
	if (c->a->test.data_size_in < ETH_LEN)
		return -EINVAL;
	err = run_data_in(c, c->a->test.data_size_in, PAGE - HEADROOM - TAILROOM, &data);
	if (err)
		return err;
	err = run_ctx_in(c, sizeof(struct vm_skb), &ctx);
	if (err)
		goto out_data;
	err = vm_packet_init(&packet, VM_PACKET_SKB);
	if (err)
		goto out_ctx;
	packet.l3 = p->type != ABI_PROG_SCHED_CLS && p->type != ABI_PROG_SCHED_ACT;
	err = runner_init(&r, p);
	if (!err) {
		err = run_packet(c, &r, &packet, data, ctx);
		runner_done(&r);
	}
	vm_packet_done(&packet);
out_ctx:
	mem_free(ctx);
out_data:
	mem_free(data);
	return err;
}

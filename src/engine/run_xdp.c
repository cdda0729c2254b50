/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs with a struct xdp_md. Frames longer than a page come in one piece, where the kernel has
 * fragments. Live frames need a device that takes them, which only the kernel has: -EOPNOTSUPP.
 */
#include <net/if.h>

#include "engine/impl.h"

enum { HEADROOM = 256, TAILROOM = 320, ETH_LEN = 14, META_MAX = 255, FRAME_HEADER = 40 };
enum { LIVE_FRAMES = 2, BATCH_MAX = 256 };
enum { FRAGS_MAX = 17 * PAGE };

/* What the caller says of the frame: metadata in front of it, where it came from. */
static int check_ctx(const struct call *c, const struct vm_xdp *ctx, bool live)
{
	if (ctx->data_meta || ctx->data_end > c->a->test.data_size_in || ctx->data > ctx->data_end ||
	    (live && (c->a->test.data_out || c->a->test.ctx_out)))
		return -EINVAL;
	if (ctx->data % 4 || ctx->data > META_MAX || ctx->data > HEADROOM - FRAME_HEADER)
		return -EINVAL;
	return 0;
}

/* kernel: xdp_convert_md_to_buff() */
static int check_device(const struct vm_xdp *ctx)
{
	char name[IF_NAMESIZE];

	if (ctx->egress_ifindex || (!ctx->ingress_ifindex && ctx->rx_queue_index))
		return -EINVAL;
	if (ctx->ingress_ifindex && !if_indextoname(ctx->ingress_ifindex, name))
		return -ENODEV;
	return ctx->rx_queue_index ? -EINVAL : 0;
}

/* The frame, with `meta` bytes of it in front of the data. */
static int set_frame(struct vm_packet *p, const void *data, uint32_t len, uint32_t meta,
		     const struct vm_xdp *ctx)
{
	uint32_t at;
	int err;

	if (len > p->frame_end - HEADROOM)
		p->frame_end = HEADROOM + len;
	err = vm_packet_set(p, data, len);
	if (err)
		return err;
	/* the frame's room in front is the kernel's, so metadata is in it */
	memmove(p->buf + p->at - meta, p->buf + p->at, len);
	p->meta = meta;
	p->len -= meta;
	at = (uint32_t)engine_ptr(vm_packet_data(p));
	p->xdp.data = at;
	p->xdp.data_meta = at - meta;
	p->xdp.data_end = at + p->len;
	p->xdp.ingress_ifindex = ctx && ctx->ingress_ifindex ? ctx->ingress_ifindex : 1;
	return 0;
}

/* What the kernel would have put into fragments: the context says how long the first piece is. */
static uint32_t fragments(const struct call *c, const struct vm_xdp *ctx)
{
	uint32_t len = c->a->test.data_size_in, meta = ctx ? ctx->data : 0;
	uint32_t linear = MIN(ctx ? ctx->data_end : len, PAGE - (HEADROOM - meta) - TAILROOM);

	return len - linear;
}

static int run_frame(struct call *c, struct runner *r, struct vm_packet *p, const void *data,
		     struct vm_xdp *ctx)
{
	uint32_t meta = ctx ? ctx->data : 0, frags = fragments(c, ctx), duration;
	uint32_t room = c->a->test.data_size_out;
	uint64_t r0;
	int err = ctx ? check_device(ctx) : 0;

	if (!err)
		err = set_frame(p, data, c->a->test.data_size_in, meta, ctx);
	if (err)
		return err;
	r->world.packet = p;
	r->arg[0] = engine_ptr(vm_packet_ctx(p));
	err = runner_repeat(r, c->a->test.repeat, &r0, &duration);
	if (err)
		return err;
	if (ctx) {
		ctx->data = p->meta;
		ctx->data_end = p->meta + p->len - MIN(frags, p->len);
	}
	if (c->a->test.data_out && room && room < MIN(frags, p->len))
		return -ENOSPC;
	err = run_data_out(c, vm_packet_data(p) - p->meta, p->meta + p->len, (uint32_t)r0, duration);
	return err ? err : run_ctx_out(c, ctx, sizeof(*ctx));
}

static int check_sizes(const struct call *c, const struct vm_xdp *ctx, bool live)
{
	uint32_t len = c->a->test.data_size_in, meta = ctx ? ctx->data : 0;

	if ((live && fragments(c, ctx)) || len - meta < ETH_LEN)
		return -EINVAL;
	return live ? -EOPNOTSUPP : 0;
}

int run_xdp(struct call *c, struct prog_object *p)
{
	bool live = c->a->test.flags & LIVE_FRAMES;
	struct vm_packet packet;
	struct runner r;
	void *data, *ctx;
	int err;

	if (p->attach == ABI_ATTACH_XDP_DEVMAP || p->attach == ABI_ATTACH_XDP_CPUMAP ||
	    c->a->test.flags & ~(uint32_t)LIVE_FRAMES)
		return -EINVAL;
	if (live && c->a->test.batch_size > BATCH_MAX)
		return -E2BIG;
	if (!live && c->a->test.batch_size)
		return -EINVAL;
	err = run_ctx_in(c, sizeof(struct vm_xdp), &ctx);
	if (err)
		return err;
	err = ctx ? check_ctx(c, ctx, live) : 0;
	if (!err)
		err = check_sizes(c, ctx, live);
	if (!err)
		err = run_data_in(c, MIN(c->a->test.data_size_in, (uint32_t)FRAGS_MAX), FRAGS_MAX, &data);
	if (err)
		goto out_ctx;
	if (c->a->test.data_size_in > FRAGS_MAX) {
		err = -ENOMEM; /* more fragments than there may be */
		goto out_data;
	}
	err = vm_packet_init(&packet, VM_PACKET_XDP);
	if (err)
		goto out_data;
	err = runner_init(&r, p);
	if (!err) {
		err = run_frame(c, &r, &packet, data, ctx);
		runner_done(&r);
	}
	vm_packet_done(&packet);
out_data:
	mem_free(data);
out_ctx:
	mem_free(ctx);
	return err;
}

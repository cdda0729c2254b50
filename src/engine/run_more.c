/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs of all that is neither sk_buff nor XDP. */
#include <sched.h>

#include "engine/impl.h"

static void show_region(struct runner *r, const void *at, size_t len, bool writable)
{
	assert(r->regions < ARRAY_LEN(r->region));
	if (len)
		r->region[r->regions++] = (struct vm_region){engine_ptr(at), len, writable};
}

static bool is_zero(const void *at, size_t from, size_t to)
{
	const uint8_t *p = at;

	for (; from < to; from++)
		if (p[from])
			return false;
	return true;
}

/* ---- flow_dissector ---- */

struct flow_keys { /* struct bpf_flow_keys */
	uint16_t nhoff, thoff, addr_proto;
	uint8_t is_frag, is_first_frag, is_encap, ip_proto;
	uint16_t n_proto, sport, dport;
	uint32_t address[8];
	uint32_t flags, flow_label;
};
_Static_assert(sizeof(struct flow_keys) == 56, "struct bpf_flow_keys");

static uint16_t clamp(uint16_t v, uint32_t lo, uint32_t hi)
{
	return (uint16_t)(v < lo ? lo : v > hi ? hi : v);
}

static int dissect(struct call *c, struct runner *r, struct vm_packet *packet, const uint8_t *data,
		   struct flow_keys *ctx)
{
	enum { ETH_LEN = 14 };
	uint32_t size = c->a->test.data_size_in, duration;
	struct flow_keys keys = {.nhoff = ETH_LEN, .thoff = ETH_LEN};
	uint64_t r0;
	int err = vm_packet_set(packet, data, size);

	if (err)
		return err;
	if (ctx)
		keys.flags = ctx->flags;
	memcpy(&keys.n_proto, data + 12, 2);
	packet->skb.flow_keys = engine_ptr(&keys);
	r->world.packet = packet;
	r->arg[0] = engine_ptr(vm_packet_ctx(packet));
	show_region(r, &keys, sizeof(keys), true);
	err = runner_repeat(r, c->a->test.repeat, &r0, &duration);
	if (err)
		return err;
	keys.nhoff = clamp(keys.nhoff, ETH_LEN, size);
	keys.thoff = clamp(keys.thoff, keys.nhoff, size);
	err = run_data_out(c, &keys, sizeof(keys), (uint32_t)r0, duration);
	return err ? err : run_ctx_out(c, ctx, sizeof(*ctx));
}

int run_flow(struct call *c, struct prog_object *p)
{
	struct vm_packet packet;
	struct flow_keys *ctx;
	struct runner r;
	void *data, *in;
	int err;

	if (c->a->test.flags || c->a->test.cpu || c->a->test.batch_size ||
	    c->a->test.data_size_in < 14)
		return -EINVAL;
	err = run_data_in(c, c->a->test.data_size_in, PAGE, &data);
	if (err)
		return err;
	err = run_ctx_in(c, sizeof(*ctx), &in);
	if (err)
		goto out_data;
	ctx = in;
	if (ctx && (!is_zero(ctx, 0, offsetof(struct flow_keys, flags)) || ctx->flow_label)) {
		err = -EINVAL;
		goto out_ctx;
	}
	err = vm_packet_init(&packet, VM_PACKET_SKB);
	if (err)
		goto out_ctx;
	err = runner_init(&r, p);
	if (!err) {
		err = dissect(c, &r, &packet, data, ctx);
		runner_done(&r);
	}
	vm_packet_done(&packet);
out_ctx:
	mem_free(in);
out_data:
	mem_free(data);
	return err;
}

/* ---- sk_lookup ---- */

struct sk_lookup { /* struct bpf_sk_lookup */
	uint64_t sk; /* or the cookie */
	uint32_t family, protocol, remote_ip4, remote_ip6[4];
	uint16_t remote_port, pad;
	uint32_t local_ip4, local_ip6[4], local_port, ingress_ifindex;
};
_Static_assert(sizeof(struct sk_lookup) == 72, "struct bpf_sk_lookup");

static int check_lookup(const struct sk_lookup *in)
{
	if (in->sk ||
	    !is_zero(in, offsetof(struct sk_lookup, local_port) + sizeof(in->local_port), sizeof(*in)))
		return -EINVAL;
	if (in->local_port > UINT16_MAX)
		return -ERANGE;
	/* 16 bits of it count */
	return (uint16_t)in->family == 2 || (uint16_t)in->family == 10 ? 0 : -EAFNOSUPPORT;
}

int run_sk_lookup(struct call *c, struct prog_object *p)
{
	struct sk_lookup seen, *ctx;
	uint32_t duration;
	struct runner r;
	uint64_t r0;
	void *in;
	int err;

	if (c->a->test.flags || c->a->test.cpu || c->a->test.batch_size || c->a->test.data_in ||
	    c->a->test.data_size_in || c->a->test.data_out || c->a->test.data_size_out)
		return -EINVAL;
	err = run_ctx_in(c, sizeof(*ctx), &in);
	if (err)
		return err;
	ctx = in;
	err = ctx ? check_lookup(ctx) : -EINVAL;
	if (!err)
		err = runner_init(&r, p);
	if (err)
		goto out;
	seen = *ctx;
	seen.family = (uint16_t)seen.family;
	seen.protocol = (uint16_t)seen.protocol;
	r.arg[0] = engine_ptr(&seen);
	show_region(&r, &seen, sizeof(seen), false);
	err = runner_repeat(&r, c->a->test.repeat, &r0, &duration);
	runner_done(&r);
	if (!err)
		err = run_data_out(c, NULL, 0, r0 != 0, duration);
	if (!err)
		err = run_ctx_out(c, ctx, sizeof(*ctx));
out:
	mem_free(in);
	return err;
}

/* ---- raw tracepoints, system calls: the context is what the caller gives ---- */

int run_raw_tp(struct call *c, struct prog_object *p)
{
	enum { ON_CPU = 1, ARGS_MAX = 12 * 8 };
	uint32_t n = c->a->test.ctx_size_in;
	struct runner r;
	uint64_t r0;
	void *ctx;
	int err;

	if (c->a->test.data_in || c->a->test.data_out || c->a->test.ctx_out ||
	    c->a->test.duration || c->a->test.repeat || c->a->test.batch_size)
		return -EINVAL;
	if (n < p->ctx_end || n > ARGS_MAX || (!(c->a->test.flags & ON_CPU) && c->a->test.cpu))
		return -EINVAL;
	err = user_dup(c->e, c->a->test.ctx_in, n, &ctx);
	if (err)
		return err;
	err = c->a->test.flags & ON_CPU && c->a->test.cpu >= c->e->env.cpus ? -ENXIO
									      : runner_init(&r, p);
	if (err)
		goto out;
	if (c->a->test.flags & ON_CPU)
		r.world.cpu = c->a->test.cpu;
	r.arg[0] = engine_ptr(ctx);
	show_region(&r, ctx, n, false);
	err = runner_once(&r, &r0);
	runner_done(&r);
	if (!err)
		err = call_answer(c, test.retval, (uint32_t)r0);
out:
	mem_free(ctx);
	return err;
}

int run_syscall(struct call *c, struct prog_object *p)
{
	uint32_t n = c->a->test.ctx_size_in;
	struct runner r;
	uint64_t r0;
	void *ctx;
	int err;

	if (c->a->test.data_in || c->a->test.data_out || c->a->test.ctx_out ||
	    c->a->test.duration || c->a->test.repeat || c->a->test.flags || c->a->test.batch_size)
		return -EINVAL;
	if (n < p->ctx_end || n > UINT16_MAX)
		return -EINVAL;
	err = user_dup(c->e, c->a->test.ctx_in, n, &ctx);
	if (!err && (err = runner_init(&r, p)))
		mem_free(ctx);
	if (err)
		return err;
	r.arg[0] = engine_ptr(ctx);
	show_region(&r, ctx, n, true);
	err = runner_once(&r, &r0);
	runner_done(&r);
	if (!err)
		err = call_answer(c, test.retval, (uint32_t)r0);
	if (!err)
		err = user_out(c->e, c->a->test.ctx_in, ctx, n);
	mem_free(ctx);
	return err;
}

/* ---- netfilter ---- */

struct nf_state { /* struct nf_hook_state */
	uint8_t hook, pf;
	uint64_t in, out, sk, net, okfn;
};

static int check_state(const struct nf_state *s)
{
	if (s->in || s->out || s->net || s->sk || s->okfn)
		return -EINVAL;
	return s->pf == 2 || s->pf == 10 ? 0 : -EINVAL;
}

static int check_nf_packet(const uint8_t *data, uint32_t n, const struct nf_state *s)
{
	enum { LOCAL_OUT = 3, ETH_LEN = 14 };
	uint32_t proto;

	if (s->hook == LOCAL_OUT)
		return 0;
	if (n < ETH_LEN + 20)
		return -EINVAL;
	proto = (uint32_t)data[12] << 8 | data[13];
	if (proto == 0x0800)
		return s->pf == 2 ? 0 : -EINVAL;
	if (proto == 0x86dd)
		return n >= ETH_LEN + 40 && s->pf == 10 ? 0 : -EINVAL;
	return -EPROTO;
}

int run_netfilter(struct call *c, struct prog_object *p)
{
	struct nf_state state = {.pf = 2, .hook = 3};
	struct { const void *state, *skb; } ctx = {&state, NULL};
	uint32_t n = c->a->test.data_size_in, duration;
	struct runner r;
	void *data, *in;
	uint64_t r0;
	int err;

	if (c->a->test.flags || c->a->test.cpu || c->a->test.batch_size || n < 20)
		return -EINVAL;
	err = run_data_in(c, n, PAGE - 64 - 320, &data);
	if (err)
		return err;
	err = run_ctx_in(c, sizeof(state), &in);
	if (err)
		goto out_data;
	err = in ? check_state(in) : 0;
	if (!err && in) {
		state.pf = ((struct nf_state *)in)->pf;
		/* the kernel looks at its own hook before it takes the caller's */
		state.hook = ((struct nf_state *)in)->hook;
	}
	if (!err)
		err = check_nf_packet(data, n, &state);
	if (!err)
		err = runner_init(&r, p);
	if (err)
		goto out_ctx;
	r.arg[0] = engine_ptr(&ctx);
	show_region(&r, &ctx, sizeof(ctx), false);
	show_region(&r, &state, sizeof(state), false);
	err = runner_repeat(&r, c->a->test.repeat, &r0, &duration);
	runner_done(&r);
	if (!err)
		err = run_data_out(c, NULL, 0, (uint32_t)r0, duration);
out_ctx:
	mem_free(in);
out_data:
	mem_free(data);
	return err;
}

/* ---- fentry, fexit, fmod_ret ---- */

/*
 * The kernel calls test functions of its own, and what is attached to them runs. So do we: those of
 * our links that name one of them.
 */
static const struct test_function {
	const char *name;
	uint64_t arg[7], ret;
	uint32_t args;
} functions[] = {
	{"bpf_fentry_test1", {1}, 2, 1},
	{"bpf_fentry_test2", {2, 3}, 5, 2},
	{"bpf_fentry_test3", {4, 5, 6}, 15, 3},
	{"bpf_fentry_test4", {7, 8, 9, 10}, 34, 4},
	{"bpf_fentry_test5", {11, 12, 13, 14, 15}, 65, 5},
	{"bpf_fentry_test6", {16, 17, 18, 19, 20, 21}, 111, 6},
	{"bpf_fentry_test7", {0}, 0, 1},
};

/* The program that a link attaches to that function in that way; or NULL. */
static struct prog_object *attached(struct embedded *e, size_t i, const char *name, uint32_t attach)
{
	const struct table *t = &e->table[ENGINE_LINK];
	struct link_object *l = i < t->at.n ? to_link(t->at.at[i]) : NULL;

	if (!l || l->type != ABI_LINK_TRACING || l->detached || !l->prog ||
	    l->prog->attach != attach || !l->prog->attach_btf)
		return NULL;
	return strcmp(btf_name(l->prog->attach_btf->btf, l->prog->attach_btf_id), name) ? NULL
										       : l->prog;
}

static int run_attached(struct embedded *e, const char *name, const uint64_t *arg, uint32_t args,
			uint64_t *ret, uint32_t attach)
{
	uint64_t ctx[8], r0;
	struct runner r;
	size_t i;
	int err = 0;

	memcpy(ctx, arg, args * sizeof(*ctx));
	ctx[args] = *ret;
	for (i = 0; i < e->table[ENGINE_LINK].at.n && !err; i++) {
		struct prog_object *p = attached(e, i, name, attach);

		if (!p)
			continue;
		err = runner_init(&r, p);
		if (err)
			break;
		memcpy(r.world.func_arg, arg, args * sizeof(*arg));
		r.world.func_args = args;
		r.world.func_ret = *ret;
		r.world.func_returned = attach != ABI_ATTACH_TRACE_FENTRY;
		r.arg[0] = engine_ptr(ctx);
		show_region(&r, ctx, sizeof(ctx), false);
		err = runner_once(&r, &r0);
		runner_done(&r);
		if (!err && attach == ABI_ATTACH_MODIFY_RETURN && (int32_t)r0) {
			*ret = (uint64_t)(int64_t)(int32_t)r0;
			return 1; /* the function itself is not called then */
		}
	}
	return err;
}

/* int bpf_modify_return_test(int a, int *b) adds 1 to *b, and returns the sum of all. */
static int call_modified(struct embedded *e, const char *name, uint32_t args, uint32_t *side, uint16_t *sum)
{
	int32_t b = 2, ret = 0;
	uint64_t arg[7] = {1, engine_ptr(&b), 3, 4, 5, 6, 7}, v = 0;
	uint32_t i;
	int skipped = run_attached(e, name, arg, args, &v, ABI_ATTACH_MODIFY_RETURN);

	if (skipped < 0)
		return skipped;
	if (!skipped) {
		b++;
		for (i = 0; i < args; i++)
			ret += i == 1 ? b : (int32_t)arg[i];
		v = (uint64_t)(int64_t)ret;
	}
	*side += b != 2;
	*sum = (uint16_t)(*sum + v);
	return 0;
}

int run_tracing(struct call *c, struct prog_object *p)
{
	uint32_t side = 0;
	uint64_t ret;
	uint16_t sum = 0;
	size_t i;
	int err = 0;

	if (c->a->test.flags || c->a->test.cpu || c->a->test.batch_size)
		return -EINVAL;
	lock(c->e); /* links stay */
	switch (p->attach) {
	case ABI_ATTACH_TRACE_FENTRY:
	case ABI_ATTACH_TRACE_FEXIT:
		for (i = 0; i < ARRAY_LEN(functions) && !err; i++) {
			const struct test_function *f = &functions[i];

			ret = 0;
			err = run_attached(c->e, f->name, f->arg, f->args, &ret, ABI_ATTACH_TRACE_FENTRY);
			ret = f->ret;
			if (!err)
				err = run_attached(c->e, f->name, f->arg, f->args, &ret,
						   ABI_ATTACH_TRACE_FEXIT);
		}
		break;
	case ABI_ATTACH_MODIFY_RETURN:
		err = call_modified(c->e, "bpf_modify_return_test", 2, &side, &sum);
		if (!err)
			err = call_modified(c->e, "bpf_modify_return_test2", 7, &side, &sum);
		break;
	default:
		err = -EFAULT;
	}
	unlock(c->e);
	return err ? err : call_answer(c, test.retval, side << 16 | sum);
}

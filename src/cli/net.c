/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep net: programs of interfaces and of this network namespace, in bpftool's words.
 *
 *	show [dev NAME]
 *	attach xdp|xdpgeneric|xdpdrv|xdpoffload|tcx_ingress|tcx_egress|netkit_primary|netkit_peer PROG dev NAME
 *		[overwrite|prepend]
 *	detach TYPE dev NAME
 */
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

#include "abi/abi.h"
#include "cli/noun.h"

enum { DEVS_MAX = 65536, TCS_MAX = 65536, PROGS_MAX = 64, FLAG_BEFORE = 8 };

struct net {
	struct cli *c;
	struct engine *e;
	struct out *o;
	uint32_t only; /* an interface; 0: all */
	VEC(struct kern_net_dev) dev;
	VEC(struct kern_net_tc) tc;
	int err;
	/* the filters that are being shown */
	const struct kern_net_dev *now;
	const char *kind;
	bool open, acts;
};

/* ---- XDP --------------------------------------------------------------------------------------- */

static const char *const modes[] = {"generic", "driver", "offload"};

static void show_xdp_mode(struct net *n, unsigned mode, uint32_t id, bool many)
{
	if (!out_is_json(n->o)) {
		out_text(n->o, " %s id %u", modes[mode], id);
		return;
	}
	if (many)
		out_object(n->o, NULL);
	out_str(n->o, "mode", modes[mode]);
	out_uint(n->o, "id", id);
	if (many)
		out_end(n->o);
}

static void show_xdp_dev(struct net *n, const struct kern_net_dev *d)
{
	unsigned mode, count = 0;

	for (mode = 0; mode < KERN_XDP_MODES; mode++)
		count += !!d->xdp[mode];
	if (!count)
		return;
	if (out_is_json(n->o)) {
		out_object(n->o, NULL);
		out_str(n->o, "devname", d->name);
		out_uint(n->o, "ifindex", d->ifindex);
		if (count > 1)
			out_array(n->o, "multi_attachments", OUT_LIST);
	} else {
		out_text(n->o, "%s(%u)", d->name, d->ifindex);
	}
	for (mode = 0; mode < KERN_XDP_MODES; mode++)
		if (d->xdp[mode])
			show_xdp_mode(n, mode, d->xdp[mode], count > 1);
	if (out_is_json(n->o)) {
		if (count > 1)
			out_end(n->o);
		out_end(n->o);
	} else {
		out_text(n->o, "\n");
	}
}

/* ---- tcx, netkit ------------------------------------------------------------------------------- */

static void prog_name(struct net *n, uint32_t id, char name[ENGINE_NAME + 1])
{
	struct engine_prog_info p = {0};
	int fd = engine_open_id(n->e, ENGINE_PROG, id);

	*name = 0;
	if (fd >= 0 && !engine_info(n->e, fd, &p, sizeof(p))) {
		memcpy(name, p.name, ENGINE_NAME);
		name[ENGINE_NAME] = 0;
	}
	engine_close(n->e, fd);
}

static void show_flags(struct net *n, const char *name, uint32_t flags)
{
	static const struct { uint32_t flag; const char *name; } known[] = {
		{1 << 0, "allow_override"}, {1 << 1, "allow_multi"}, {1 << 2, "replace"},
		{1 << 3, "before"},	    {1 << 4, "after"},	     {1 << 5, "id"},
	};
	size_t i;

	if (out_is_json(n->o))
		out_array(n->o, name, OUT_LIST);
	else if (flags)
		out_text(n->o, " %s", name);
	for (i = 0; i < ARRAY_LEN(known); i++) {
		if (!(flags & known[i].flag))
			continue;
		if (out_is_json(n->o))
			out_str(n->o, NULL, known[i].name);
		else
			out_text(n->o, " %s", known[i].name);
	}
	if (out_is_json(n->o))
		out_end(n->o);
}

static void show_mprog(struct net *n, const struct kern_net_dev *d, const char *kind, uint32_t attach)
{
	uint32_t id[PROGS_MAX] = {0}, flags[PROGS_MAX] = {0}, link[PROGS_MAX] = {0}, link_flags[PROGS_MAX] = {0}, i;
	union engine_attr attr = {.query = {.target_ifindex = d->ifindex, .attach_type = attach, .count = PROGS_MAX,
					    .prog_ids = engine_ptr(id), .prog_attach_flags = engine_ptr(flags),
					    .link_ids = engine_ptr(link), .link_attach_flags = engine_ptr(link_flags)}};
	char name[ENGINE_NAME + 1];

	if (engine_bpf(n->e, ABI_CMD_PROG_QUERY, &attr, sizeof(attr.query)))
		return; /* a kernel, or an interface, without it */
	for (i = 0; i < attr.query.count && i < PROGS_MAX; i++) {
		prog_name(n, id[i], name);
		if (out_is_json(n->o)) {
			out_object(n->o, NULL);
			out_str(n->o, "devname", d->name);
			out_uint(n->o, "ifindex", d->ifindex);
			out_str(n->o, "kind", kind);
			out_str(n->o, "name", name);
			out_uint(n->o, "prog_id", id[i]);
		} else {
			out_text(n->o, "%s(%u) %s %s prog_id %u", d->name, d->ifindex, kind, name, id[i]);
		}
		show_flags(n, "prog_flags", flags[i]);
		if (out_is_json(n->o))
			out_uint(n->o, "link_id", link[i]);
		else if (link[i])
			out_text(n->o, " link_id %u", link[i]);
		show_flags(n, "link_flags", link_flags[i]);
		if (out_is_json(n->o))
			out_end(n->o);
		else
			out_text(n->o, "\n");
	}
}

/* ---- filters ----------------------------------------------------------------------------------- */

static void end_filter(struct net *n)
{
	if (n->acts) {
		if (out_is_json(n->o))
			out_end(n->o);
		else
			out_text(n->o, "]");
	}
	if (n->open) {
		if (out_is_json(n->o))
			out_end(n->o);
		else
			out_text(n->o, "\n");
	}
	n->acts = n->open = false;
}

static void show_act(struct net *n, const struct kern_net_filter *f)
{
	if (out_is_json(n->o)) {
		if (!n->acts)
			out_array(n->o, "act", OUT_LIST);
		out_object(n->o, NULL);
		if (f->name)
			out_str(n->o, "name", f->name);
		out_uint(n->o, "id", f->id);
		out_end(n->o);
	} else {
		out_text(n->o, "%s%s id %u", n->acts ? " " : " act [", f->name ? f->name : "", f->id);
	}
	n->acts = true;
}

static void show_filter(void *net, const struct kern_net_filter *f)
{
	struct net *n = net;

	if (f->act) {
		show_act(n, f);
		return;
	}
	end_filter(n);
	n->open = true;
	if (out_is_json(n->o)) {
		out_object(n->o, NULL);
		out_str(n->o, "devname", n->now->name);
		out_uint(n->o, "ifindex", n->now->ifindex);
		out_str(n->o, "kind", n->kind);
		if (f->name)
			out_str(n->o, "name", f->name);
		if (f->id)
			out_uint(n->o, "id", f->id);
		return;
	}
	out_text(n->o, "%s(%u) %s", n->now->name, n->now->ifindex, n->kind);
	if (f->name)
		out_text(n->o, " %s", f->name);
	if (f->id)
		out_text(n->o, " id %u", f->id);
}

static void show_filters(struct net *n, const struct kern_net_dev *d, uint32_t parent, const char *kind)
{
	n->now = d;
	n->kind = kind;
	(void)!kern_net_filters(d->ifindex, parent, show_filter, n); /* where nothing can be, nothing is */
	end_filter(n);
}

static void keep_tc(void *net, const struct kern_net_tc *tc)
{
	struct net *n = net;
	int err = vec_push(&n->tc, *tc);

	if (err && !n->err)
		n->err = err;
}

static void show_tc_dev(struct net *n, const struct kern_net_dev *d)
{
	bool clsact = false, ingress = false;
	char kind[32];

	show_mprog(n, d, "tcx/ingress", ABI_ATTACH_TCX_INGRESS);
	show_mprog(n, d, "tcx/egress", ABI_ATTACH_TCX_EGRESS);
	show_mprog(n, d, "netkit/primary", ABI_ATTACH_NETKIT_PRIMARY);
	show_mprog(n, d, "netkit/peer", ABI_ATTACH_NETKIT_PEER);
	n->tc.n = 0;
	if (kern_net_tcs(d->ifindex, false, keep_tc, n) || kern_net_tcs(d->ifindex, true, keep_tc, n))
		return;
	for vec_each(&n->tc, tc) {
		if (!strcmp(tc->kind, "clsact")) {
			clsact = true;
		} else if (!strcmp(tc->kind, "ingress")) {
			ingress = true;
		} else if (tc->handle) {
			snprintf(kind, sizeof(kind), "%s", tc->kind);
			show_filters(n, d, tc->handle, kind);
		}
	}
	if (clsact || ingress)
		show_filters(n, d, KERN_TC_INGRESS, clsact ? "clsact/ingress" : "ingress");
	if (clsact)
		show_filters(n, d, KERN_TC_EGRESS, "clsact/egress");
}

/* ---- of the namespace -------------------------------------------------------------------------- */

static void show_dissector(struct net *n)
{
	uint32_t id[PROGS_MAX] = {0};
	union engine_attr attr = {.query = {.attach_type = ABI_ATTACH_FLOW_DISSECTOR, .prog_ids = engine_ptr(id),
					    .count = PROGS_MAX}};
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err;

	attr.query.target_fd = (uint32_t)fd;
	err = fd < 0 ? -errno : engine_bpf(n->e, ABI_CMD_PROG_QUERY, &attr, sizeof(attr.query));
	if (fd >= 0)
		close(fd);
	if (err || !attr.query.count)
		return;
	if (out_is_json(n->o))
		out_uint(n->o, NULL, id[0]);
	else
		out_text(n->o, "id %u\n", id[0]);
}

static void show_netfilter(struct net *n, const struct engine_link_info *l)
{
	static const char *const families[] = {[2] = "ip", [3] = "arp", [7] = "bridge", [10] = "ip6"};
	static const char *const hooks[] = {"prerouting", "input", "forward", "output", "postrouting"};
	const uint32_t pf = l->netfilter.pf, hook = l->netfilter.hooknum;

	if (out_is_json(n->o)) {
		out_object(n->o, NULL);
		out_uint(n->o, "id", l->id);
		out_uint(n->o, "prog_id", l->prog_id);
		out_uint(n->o, "pf", pf);
		out_uint(n->o, "hook", hook);
		out_int(n->o, "prio", l->netfilter.priority);
		out_uint(n->o, "flags", l->netfilter.flags);
		out_end(n->o);
		return;
	}
	if (pf < ARRAY_LEN(families) && families[pf])
		out_text(n->o, "%s", families[pf]);
	else
		out_text(n->o, "pf %u", pf);
	if (hook < ARRAY_LEN(hooks))
		out_text(n->o, " %s", hooks[hook]);
	else
		out_text(n->o, " hook %u", hook);
	out_text(n->o, " prio %d prog_id %u\n", l->netfilter.priority, l->prog_id);
}

static void show_netfilters(struct net *n)
{
	struct engine_link_info l;
	uint32_t id = 0;
	int fd;

	while (!engine_next_id(n->e, ENGINE_LINK, id, &id)) {
		fd = engine_open_id(n->e, ENGINE_LINK, id);
		l = (struct engine_link_info){0};
		if (fd >= 0 && !engine_info(n->e, fd, &l, sizeof(l)) && l.type == ABI_LINK_NETFILTER)
			show_netfilter(n, &l);
		engine_close(n->e, fd);
	}
}

/* ---- show -------------------------------------------------------------------------------------- */

static void begin_part(struct net *n, const char *name)
{
	if (out_is_json(n->o))
		out_array(n->o, name, OUT_LIST);
	else
		out_text(n->o, "%s:\n", name);
}

static void end_part(struct net *n)
{
	if (out_is_json(n->o))
		out_end(n->o);
	else
		out_text(n->o, "\n");
}

static void keep_dev(void *net, const struct kern_net_dev *d)
{
	struct net *n = net;
	int err = n->only && d->ifindex != n->only ? 0 : vec_push(&n->dev, *d);

	if (err && !n->err)
		n->err = err;
}

static void show_parts(struct net *n)
{
	if (out_is_json(n->o)) {
		out_array(n->o, NULL, OUT_LIST);
		out_object(n->o, NULL);
	}
	begin_part(n, "xdp");
	for vec_each(&n->dev, d)
		show_xdp_dev(n, d);
	end_part(n);
	begin_part(n, "tc");
	for vec_each(&n->dev, d)
		show_tc_dev(n, d);
	end_part(n);
	begin_part(n, "flow_dissector");
	show_dissector(n);
	end_part(n);
	begin_part(n, "netfilter");
	show_netfilters(n);
	end_part(n);
	if (out_is_json(n->o)) {
		out_end(n->o);
		out_end(n->o);
	}
}

static int take_dev(struct cli_words *w, uint32_t *ret_ifindex)
{
	const char *name;

	if (!cli_word_is(w, "dev"))
		return cli_word(w) ? cli_words_end(w) :
				     diag_error(&w->c->diag, "usage.operand", DIAG_NONE, "which interface? dev NAME");
	name = cli_word_take(w, "an interface");
	if (!name)
		return -EINVAL;
	*ret_ifindex = if_nametoindex(name);
	return *ret_ifindex ? 0 : diag_error(&w->c->diag, "net.dev", DIAG_NONE, "there is no interface '%s'", name);
}

static int run_show(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct net n = {.c = w.c, .dev = VEC_INIT(DEVS_MAX), .tc = VEC_INIT(TCS_MAX)};
	struct out o;
	int err = cli_word(&w) ? take_dev(&w, &n.only) : 0, status = CLI_FAILED;

	if (!err)
		err = cli_words_end(&w);
	if (!err)
		err = cli_engine(w.c, NULL, &n.e);
	if (!err)
		err = kern_net_devs(keep_dev, &n);
	if (!err)
		err = n.err;
	if (err) {
		noun_failed(w.c, "cannot ask for interfaces", err);
	} else {
		cli_out_init(w.c, &o);
		n.o = &o;
		show_parts(&n);
		status = cli_out_done(w.c, &o, CLI_OK);
	}
	vec_done(&n.dev);
	vec_done(&n.tc);
	return status;
}

/* ---- attach, detach ---------------------------------------------------------------------------- */

/* Where a program may go: XDP with flags, or an attach type. */
static const struct place {
	const char *name;
	uint32_t xdp_flags, attach;
	bool xdp;
} places[] = {
	{"xdp", 0, ABI_ATTACH_XDP, true},
	{"xdpgeneric", XDP_FLAGS_SKB_MODE, ABI_ATTACH_XDP, true},
	{"xdpdrv", XDP_FLAGS_DRV_MODE, ABI_ATTACH_XDP, true},
	{"xdpoffload", XDP_FLAGS_HW_MODE, ABI_ATTACH_XDP, true},
	{"tcx_ingress", 0, ABI_ATTACH_TCX_INGRESS, false},
	{"tcx_egress", 0, ABI_ATTACH_TCX_EGRESS, false},
	{"netkit_primary", 0, ABI_ATTACH_NETKIT_PRIMARY, false},
	{"netkit_peer", 0, ABI_ATTACH_NETKIT_PEER, false},
};

static const struct place *take_place(struct cli_words *w)
{
	const char *s = cli_word_take(w, "an attach type"), *names[ARRAY_LEN(places)], *near;
	size_t i;

	for (i = 0; s && i < ARRAY_LEN(places); i++) {
		names[i] = places[i].name;
		if (str_has_prefix(places[i].name, s) && *s)
			return &places[i];
	}
	if (!s)
		return NULL;
	diag_error(&w->c->diag, "net.type", DIAG_NONE, "'%s' is no attach type of interfaces", s);
	near = near_best(s, strlen(s), names, ARRAY_LEN(names));
	if (near)
		diag_note(&w->c->diag, DIAG_NONE, "did you mean '%s'?", near);
	return NULL;
}

static int attach_mprog(struct engine *e, uint32_t cmd, const struct place *p, uint32_t ifindex, int prog, uint32_t flags)
{
	union engine_attr attr = {.attach = {.target_ifindex = ifindex, .attach_bpf_fd = (uint32_t)prog,
					     .attach_type = p->attach, .attach_flags = flags}};

	return engine_bpf(e, cmd, &attr, sizeof(attr.attach));
}

static int attach_there(struct cli_words *w, const struct place *p, const struct cli_handle *prog)
{
	uint32_t ifindex = 0;
	bool overwrite = false, prepend = false;
	int err = take_dev(w, &ifindex);

	if (!err && p->xdp)
		overwrite = cli_word_is(w, "overwrite");
	else if (!err)
		prepend = cli_word_is(w, "prepend");
	if (!err)
		err = cli_words_end(w);
	if (err)
		return err;
	if (p->xdp)
		return kern_net_xdp(ifindex, prog->fd.at[0], p->xdp_flags | (overwrite ? 0 : XDP_FLAGS_UPDATE_IF_NOEXIST), -1);
	return attach_mprog(prog->engine, ABI_CMD_PROG_ATTACH, p, ifindex, prog->fd.at[0], prepend ? FLAG_BEFORE : 0);
}

static int run_attach(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	const struct place *p = take_place(&w);
	struct cli_handle prog = {0};
	int err = p ? cli_handle_one(&w, ENGINE_PROG, &prog) : -EINVAL;

	if (!err)
		err = attach_there(&w, p, &prog);
	cli_handle_done(&prog);
	if (!err)
		return noun_nothing(w.c);
	noun_failed(w.c, "cannot attach", err);
	if (err == -EBUSY && p->xdp)
		diag_note(&w.c->diag, DIAG_NONE, "a program is there already: say overwrite, or detach it");
	return CLI_FAILED;
}

static int run_detach(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	const struct place *p = take_place(&w);
	struct engine *e = NULL;
	uint32_t ifindex = 0;
	int err = p ? take_dev(&w, &ifindex) : -EINVAL;

	if (!err)
		err = cli_words_end(&w);
	if (!err)
		err = cli_engine(w.c, NULL, &e);
	if (!err)
		err = p->xdp ? kern_net_xdp(ifindex, -1, p->xdp_flags, -1) :
			       attach_mprog(e, ABI_CMD_PROG_DETACH, p, ifindex, 0, 0);
	return err ? noun_failed(w.c, "cannot detach", err) : noun_nothing(w.c);
}

/* ---- the commands ------------------------------------------------------------------------------ */

#define PROG_ARG "id N | pinned PATH | tag TAG | name NAME"
#define PLACES "xdp xdpgeneric xdpdrv xdpoffload tcx_ingress tcx_egress netkit_primary netkit_peer"
#define SHOW_COMMAND(id, hidden_)                                                                              \
	static const struct opt_command id##_command = {                                                       \
		.name = #id, .args = "[dev NAME]", .summary = "list the programs of interfaces",               \
		.run = run_show, .min_args = 0, .max_args = 2, .complete = "dev", .hidden = hidden_,           \
	}

SHOW_COMMAND(show, false);
SHOW_COMMAND(list, true);

static const struct opt_example attach_examples[] = {
	{"skep net attach xdpgeneric pinned /sys/fs/bpf/filter dev eth0", "XDP, whatever the driver can do"},
	{"skep net attach tcx_ingress name count dev eth0 prepend", "before those that are there"},
	{0},
};

static const struct opt_command attach_command = {
	.name = "attach",
	.args = "TYPE " PROG_ARG " dev NAME [overwrite|prepend]",
	.summary = "attach a program to an interface",
	.about = "TYPE is xdp, xdpgeneric, xdpdrv, xdpoffload, tcx_ingress, tcx_egress, netkit_primary or netkit_peer. "
		 "Of XDP there is one program: with overwrite the new one takes the old one's place. Of the others "
		 "there may be many, and a new one comes last, or with prepend first.",
	.examples = attach_examples,
	.run = run_attach,
	.min_args = 1,
	.max_args = -1,
	.complete = PLACES,
};

static const struct opt_command detach_command = {
	.name = "detach",
	.args = "TYPE dev NAME",
	.summary = "take a program from an interface",
	.run = run_detach,
	.min_args = 1,
	.max_args = -1,
	.complete = PLACES,
};

static const struct opt_command *const subs[] = {&show_command, &list_command, &attach_command, &detach_command, NULL};

const struct opt_command cmd_net = {
	.name = "net",
	.summary = "show, attach and detach programs of interfaces",
	.sub = subs,
};

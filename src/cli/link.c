/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep link: what is attached to what, by the kernel's links. In bpftool's words.
 *
 * The kernel tells of a link what its type knows. Names and lists go where pointers in the question lead,
 * so the question is asked twice: for the type, and with room for what that type has.
 */
#include <net/if.h>
#include <stdio.h>

#include "abi/abi.h"
#include "cli/graph.h"
#include "cli/noun.h"

enum { NAME_MAX_BYTES = 4096, FUNCS_MAX = 1 << 16 };

/* What follows the common part in text; all of it is in JSON by name. */
struct shown {
	struct engine_link_info i;
	char name[NAME_MAX_BYTES];
	uint64_t *addrs, *cookies, *counters; /* owned */
};

/* ---- parts ----------------------------------------------------------------------------------- */

static void show_attach_type(uint32_t attach, struct out *o)
{
	const struct abi_attach_type *t = abi_attach_type(attach);

	if (t)
		out_str(o, "attach_type", t->name);
	else
		out_uint(o, "attach_type", attach);
}

static void show_dev(uint32_t ifindex, struct out *o)
{
	char name[IF_NAMESIZE] = "", text[64];

	if (ifindex)
		if_indextoname(ifindex, name);
	snprintf(text, sizeof(text), ifindex ? "%s(%u)" : "(detached)", *name ? name : "(unknown)", ifindex);
	if (out_is_json(o)) {
		out_str(o, "devname", ifindex ? (*name ? name : "(unknown)") : "(detached)");
		out_uint(o, "ifindex", ifindex);
	} else {
		out_str(o, "ifindex", text);
	}
}

static void show_iter(const struct shown *s, struct out *o)
{
	static const char *const orders[] = {"order_unspec", "self_only", "descendants_pre", "descendants_post",
					     "ancestors_up"};
	const char *name = s->name;

	out_str(o, "target_name", name);
	if (strstr(name, "map_elem") || strstr(name, "sk_storage"))
		out_uint(o, out_is_json(o) ? "map_id" : "iter_map", s->i.iter.map_id);
	else if (!strcmp(name, "cgroup")) {
		out_uint(o, out_is_json(o) ? "cgroup_id" : "iter_cgroup", s->i.iter.cgroup.id);
		if (s->i.iter.cgroup.order < ARRAY_LEN(orders))
			out_str(o, "order", orders[s->i.iter.cgroup.order]);
	} else if (str_has_prefix(name, "task") && s->i.iter.task.tid) {
		out_uint(o, "tid", s->i.iter.task.tid);
	} else if (str_has_prefix(name, "task") && s->i.iter.task.pid) {
		out_uint(o, "pid", s->i.iter.task.pid);
	}
}

static void show_netfilter(const struct shown *s, struct out *o)
{
	static const char *const families[] = {[2] = "ip", [3] = "arp", [7] = "bridge", [10] = "ip6"};
	static const char *const hooks[] = {"prerouting", "input", "forward", "output", "postrouting"};
	const uint32_t pf = s->i.netfilter.pf, hook = s->i.netfilter.hooknum;
	const char *family = pf < ARRAY_LEN(families) && families[pf] ? families[pf] : "pf";
	char text[96];

	if (out_is_json(o)) {
		out_uint(o, "pf", pf);
		out_uint(o, "hook", hook);
		out_int(o, "prio", s->i.netfilter.priority);
		out_uint(o, "flags", s->i.netfilter.flags);
		return;
	}
	snprintf(text, sizeof(text), s->i.netfilter.flags ? "%s %s prio %d flags 0x%x" : "%s %s prio %d", family,
		 hook < ARRAY_LEN(hooks) ? hooks[hook] : "hook", s->i.netfilter.priority, s->i.netfilter.flags);
	out_str(o, "netfilter", text);
}

/* ---- probes ---------------------------------------------------------------------------------- */

enum { EVENT_UPROBE = 1, EVENT_URETPROBE, EVENT_KPROBE, EVENT_KRETPROBE, EVENT_TRACEPOINT, EVENT_EVENT };

static void show_uprobe(const struct shown *s, bool returns, struct out *o)
{
	char text[NAME_MAX_BYTES + 64];

	if (out_is_json(o)) {
		out_bool(o, "retprobe", returns);
		out_str(o, "file", s->name);
		out_uint(o, "offset", s->i.perf_event.uprobe.offset);
		out_uint(o, "cookie", s->i.perf_event.uprobe.cookie);
		out_uint(o, "ref_ctr_offset", s->i.perf_event.uprobe.ref_ctr_offset);
		return;
	}
	snprintf(text, sizeof(text), "%s %s+0x%x", returns ? "uretprobe" : "uprobe", s->name,
		 s->i.perf_event.uprobe.offset);
	out_str(o, "event", text);
	if (s->i.perf_event.uprobe.cookie)
		out_uint(o, "cookie", s->i.perf_event.uprobe.cookie);
}

static void show_kprobe(const struct shown *s, bool returns, struct out *o)
{
	char text[NAME_MAX_BYTES + 64];

	if (out_is_json(o)) {
		out_bool(o, "retprobe", returns);
		out_uint(o, "addr", s->i.perf_event.kprobe.addr);
		out_str(o, "func", s->name);
		out_uint(o, "offset", s->i.perf_event.kprobe.offset);
		out_uint(o, "missed", s->i.perf_event.kprobe.missed);
		out_uint(o, "cookie", s->i.perf_event.kprobe.cookie);
		return;
	}
	snprintf(text, sizeof(text), "%s %llx %s+0x%x", returns ? "kretprobe" : "kprobe",
		 (unsigned long long)s->i.perf_event.kprobe.addr, s->name, s->i.perf_event.kprobe.offset);
	out_str(o, "event", text);
	if (s->i.perf_event.kprobe.missed)
		out_uint(o, "missed", s->i.perf_event.kprobe.missed);
	if (s->i.perf_event.kprobe.cookie)
		out_uint(o, "cookie", s->i.perf_event.kprobe.cookie);
}

static void show_event(const struct shown *s, struct out *o)
{
	static const char *const types[] = {"hardware", "software", "tracepoint", "hw-cache", "raw", "breakpoint"};
	const uint32_t type = s->i.perf_event.event.type;
	char text[64];

	if (out_is_json(o)) {
		if (type < ARRAY_LEN(types))
			out_str(o, "event_type", types[type]);
		else
			out_uint(o, "event_type", type);
		out_uint(o, "event_config", s->i.perf_event.event.config);
		out_uint(o, "cookie", s->i.perf_event.event.cookie);
		return;
	}
	snprintf(text, sizeof(text), "event %s:%llu", type < ARRAY_LEN(types) ? types[type] : "other",
		 (unsigned long long)s->i.perf_event.event.config);
	out_str(o, "event", text);
}

static void show_perf(const struct shown *s, struct out *o)
{
	switch (s->i.perf_event.type) {
	case EVENT_UPROBE:
	case EVENT_URETPROBE:
		show_uprobe(s, s->i.perf_event.type == EVENT_URETPROBE, o);
		return;
	case EVENT_KPROBE:
	case EVENT_KRETPROBE:
		show_kprobe(s, s->i.perf_event.type == EVENT_KRETPROBE, o);
		return;
	case EVENT_TRACEPOINT:
		out_str(o, "tracepoint", s->name);
		if (out_is_json(o) || s->i.perf_event.tracepoint.cookie)
			out_uint(o, "cookie", s->i.perf_event.tracepoint.cookie);
		return;
	case EVENT_EVENT:
		show_event(s, o);
		return;
	}
}

static void show_funcs(const struct shown *s, struct out *o)
{
	const bool user = s->i.type == ABI_LINK_UPROBE_MULTI;
	uint32_t i, n = user ? s->i.uprobe_multi.count : s->i.kprobe_multi.count;

	out_bool(o, "retprobe", (user ? s->i.uprobe_multi.flags : s->i.kprobe_multi.flags) & 1);
	if (user)
		out_str(o, "path", s->name);
	out_uint(o, "func_cnt", n);
	if (user)
		out_uint(o, "pid", s->i.uprobe_multi.pid);
	else
		out_uint(o, "missed", s->i.kprobe_multi.missed);
	if (!out_is_json(o) || !s->addrs)
		return;
	out_array(o, "funcs", OUT_TABLE);
	for (i = 0; i < n && i < FUNCS_MAX; i++) {
		out_object(o, NULL);
		out_uint(o, user ? "offset" : "addr", s->addrs[i]);
		if (s->counters)
			out_uint(o, "ref_ctr_offset", s->counters[i]);
		if (s->cookies)
			out_uint(o, "cookie", s->cookies[i]);
		out_end(o);
	}
	out_end(o);
}

/* ---- one link -------------------------------------------------------------------------------- */

static const char show_text[] =
	"{id}: {type}{prog_id|  prog %}{map|  map %}{tp_name|\n\ttp '%'}{prog_type|\n\tprog_type %}{event|\n\t%}"
	"{tracepoint|\n\ttracepoint %}{netfilter|\n\t%}{target_name|  target_name %}{iter_map|  map_id %}{map_id|\n\tmap_id %}{tid|  tid %}"
	"{pid|  pid %}{iter_cgroup|  cgroup_id %}{cgroup_id|\n\tcgroup_id %}{order|  order %}{netns_ino|\n\tnetns_ino %}{ifindex|\n\tifindex %}"
	"{path|\n\tpath %}{func_cnt|\n\tfunc_cnt %}{missed|  missed %}{attach_type|  attach_type %}"
	"{target_obj_id|\n\ttarget_obj_id %}{target_btf_id|  target_btf_id %}{cookie|  cookie %}" NOUN_WHO_TEXT;

static void show_tracing(const struct shown *s, struct engine *e, struct out *o)
{
	struct engine_prog_info p = {0};
	const struct abi_prog_type *type;
	int fd = engine_open_id(e, ENGINE_PROG, s->i.prog_id);

	type = fd >= 0 && !engine_info(e, fd, &p, sizeof(p)) ? abi_prog_type(p.type) : NULL;
	engine_close(e, fd);
	if (type)
		out_str(o, "prog_type", type->name);
	show_attach_type(s->i.tracing.attach_type, o);
	if (s->i.tracing.target_obj_id || out_is_json(o)) {
		out_uint(o, "target_obj_id", s->i.tracing.target_obj_id);
		out_uint(o, "target_btf_id", s->i.tracing.target_btf_id);
	}
	if (s->i.tracing.cookie || out_is_json(o))
		out_uint(o, "cookie", s->i.tracing.cookie);
}

static void show_details(const struct shown *s, struct engine *e, struct out *o)
{
	switch (s->i.type) {
	case ABI_LINK_RAW_TRACEPOINT:
		out_str(o, "tp_name", s->name);
		if (out_is_json(o) || s->i.raw_tracepoint.cookie)
			out_uint(o, "cookie", s->i.raw_tracepoint.cookie);
		return;
	case ABI_LINK_TRACING:
		show_tracing(s, e, o);
		return;
	case ABI_LINK_CGROUP:
		out_uint(o, "cgroup_id", s->i.cgroup.id);
		show_attach_type(s->i.cgroup.attach_type, o);
		return;
	case ABI_LINK_ITER:
		show_iter(s, o);
		return;
	case ABI_LINK_NETNS:
		out_uint(o, "netns_ino", s->i.at.target);
		show_attach_type(s->i.at.attach_type, o);
		return;
	case ABI_LINK_XDP:
		show_dev(s->i.at.target, o);
		return;
	case ABI_LINK_TCX:
	case ABI_LINK_NETKIT:
		show_dev(s->i.at.target, o);
		show_attach_type(s->i.at.attach_type, o);
		return;
	case ABI_LINK_SOCKMAP:
		out_uint(o, "map_id", s->i.at.target);
		show_attach_type(s->i.at.attach_type, o);
		return;
	case ABI_LINK_STRUCT_OPS:
		out_uint(o, out_is_json(o) ? "map_id" : "map", s->i.at.target);
		return;
	case ABI_LINK_NETFILTER:
		show_netfilter(s, o);
		return;
	case ABI_LINK_KPROBE_MULTI:
	case ABI_LINK_UPROBE_MULTI:
		show_funcs(s, o);
		return;
	case ABI_LINK_PERF_EVENT:
		show_perf(s, o);
		return;
	}
}

/* Where the names and lists of a link of that type go. */
static bool make_room(struct shown *s, const struct engine_link_info *first)
{
	const uint64_t name = engine_ptr(s->name);
	uint32_t n;

	s->i = (struct engine_link_info){.type = first->type};
	switch (first->type) {
	case ABI_LINK_RAW_TRACEPOINT:
		s->i.raw_tracepoint.name = name;
		s->i.raw_tracepoint.name_len = sizeof(s->name);
		return true;
	case ABI_LINK_ITER:
		s->i.iter.name = name;
		s->i.iter.name_len = sizeof(s->name);
		return true;
	case ABI_LINK_PERF_EVENT: /* the pointer and its length stand at the same place for all */
		s->i.perf_event.type = first->perf_event.type;
		s->i.perf_event.uprobe.file_name = first->perf_event.type == EVENT_EVENT ? 0 : name;
		s->i.perf_event.uprobe.name_len = first->perf_event.type == EVENT_EVENT ? 0 : sizeof(s->name);
		return true;
	case ABI_LINK_KPROBE_MULTI:
		n = MIN(first->kprobe_multi.count, (uint32_t)FUNCS_MAX);
		s->addrs = mem_alloc_array(n + 1, sizeof(*s->addrs));
		s->cookies = mem_alloc_array(n + 1, sizeof(*s->cookies));
		s->i.kprobe_multi.addrs = engine_ptr(s->addrs);
		s->i.kprobe_multi.cookies = engine_ptr(s->cookies);
		s->i.kprobe_multi.count = n;
		return s->addrs && s->cookies;
	case ABI_LINK_UPROBE_MULTI:
		n = MIN(first->uprobe_multi.count, (uint32_t)FUNCS_MAX);
		s->addrs = mem_alloc_array(n + 1, sizeof(*s->addrs));
		s->cookies = mem_alloc_array(n + 1, sizeof(*s->cookies));
		s->counters = mem_alloc_array(n + 1, sizeof(*s->counters));
		s->i.uprobe_multi.path = name;
		s->i.uprobe_multi.path_size = sizeof(s->name);
		s->i.uprobe_multi.offsets = engine_ptr(s->addrs);
		s->i.uprobe_multi.cookies = engine_ptr(s->cookies);
		s->i.uprobe_multi.ref_ctr_offsets = engine_ptr(s->counters);
		s->i.uprobe_multi.count = n;
		return s->addrs && s->cookies && s->counters;
	}
	return true;
}

static void show(void *who, struct engine *e, int fd, struct out *o)
{
	struct engine_link_info first = {0};
	const struct abi_link_type *type;
	struct shown s = {0};
	char number[16];

	if (engine_info(e, fd, &first, sizeof(first)))
		return;
	if (!make_room(&s, &first) || engine_info(e, fd, &s.i, sizeof(s.i)))
		s.i = first;
	type = abi_link_type(s.i.type);
	snprintf(number, sizeof(number), "%u", s.i.type);
	out_object_as(o, NULL, show_text);
	out_uint(o, "id", s.i.id);
	out_str(o, "type", type ? type->name : number);
	if (out_is_json(o) || s.i.type != ABI_LINK_STRUCT_OPS)
		out_uint(o, "prog_id", s.i.prog_id);
	show_details(&s, e, o);
	noun_who_show(who, ENGINE_LINK, s.i.id, o);
	out_end(o);
	mem_free(s.addrs);
	mem_free(s.cookies);
	mem_free(s.counters);
}

static int run_show(const struct opt_args *a)
{
	return noun_run_show(a, ENGINE_LINK, show);
}

/* ---- pin, detach ----------------------------------------------------------------------------- */

static int run_pin(const struct opt_args *a)
{
	return noun_run_pin(a, ENGINE_LINK);
}

static int run_detach(const struct opt_args *a)
{
	return noun_run_one(a, ENGINE_LINK, engine_link_detach, "the link cannot be detached by force");
}

/* ---- the commands ---------------------------------------------------------------------------- */

#define LINK_ARG "id N | pinned PATH"

NOUN_COMMANDS(LINK_ARG, "list links, or show one", "keep a link, and so what it attaches, at a path of a bpf file system");

static const struct opt_command detach_command = {
	.name = "detach",
	.args = LINK_ARG,
	.summary = "end an attachment, whoever holds the link",
	.run = run_detach,
	.min_args = 1,
	.max_args = -1,
};

static const struct opt_command *const subs[] = {&show_command, &list_command, &pin_command, &detach_command, &graph_link_command, NULL};

const struct opt_command cmd_link = {
	.name = "link",
	.summary = "show, pin and detach links: what is attached where",
	.sub = subs,
};

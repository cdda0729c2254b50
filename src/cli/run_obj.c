/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep run OBJECT: one program of an object, through BPF_PROG_RUN of either engine.
 *
 * The object is loaded as for use: globals set, maps made and filled, other programs only where maps
 * hold them. Then each packet (or the one context) is given to the program; what it answers, prints,
 * writes to ring buffers and leaves in maps is shown.
 */
#include <stdio.h>
#include <stdlib.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/run_obj.h"
#include "cli/watch.h"

enum { SAMPLES_MAX = 1000, OUT_SLACK = 1 << 16, ETHERNET_MIN = 14, HEADERS_MIN = 34 };

/* ---- which program --------------------------------------------------------------------------- */

static bool is_program(const struct obj_prog *p)
{
	return !p->func;
}

static void list_programs(struct run_object *r)
{
	for vec_each(&r->obj->prog, p)
		if (is_program(p))
			diag_note(&r->c->diag, DIAG_NONE, "%s, in section \"%s\"", p->name, p->section);
}

static int near_program(struct run_object *r, const char *name)
{
	const char *names[256];
	const char *near;
	size_t n = 0;

	for vec_each(&r->obj->prog, p)
		if (is_program(p) && n < ARRAY_LEN(names))
			names[n++] = p->name;
	diag_error(&r->c->diag, "run.prog", diag_file(r->obj->path), "there is no program '%s'", name);
	near = near_best(name, strlen(name), names, n);
	if (near)
		diag_note(&r->c->diag, DIAG_NONE, "did you mean '%s'?", near);
	else
		list_programs(r);
	return -ENOENT;
}

static int choose(struct run_object *r, const char *name)
{
	struct obj_prog *only = NULL;
	size_t n = 0;

	if (name) {
		r->prog = obj_prog_find(r->obj, name);
		return r->prog ? 0 : near_program(r, name);
	}
	for vec_each(&r->obj->prog, p) {
		if (!is_program(p))
			continue;
		only = p;
		n++;
	}
	r->prog = only;
	if (n == 1)
		return 0;
	diag_error(&r->c->diag, "run.prog", diag_file(r->obj->path),
		   n ? "there are %zu programs: say which one" : "there is no program in it", n);
	if (n)
		list_programs(r);
	return -EINVAL;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The program itself, those that --with names, and those that program arrays begin with. */
static int list_needed(struct run_object *r, struct engine_load_prog *list, size_t max, size_t *ret_n)
{
	bool *need = mem_alloc_array(r->obj->prog.n, sizeof(*need));
	const struct obj_prog *other;
	size_t i, n = 0;

	if (!need)
		return -ENOMEM;
	need[r->prog - r->obj->prog.at] = true;
	for (i = 0; i < r->o->with.n; i++) {
		other = obj_prog_find(r->obj, r->o->with.at[i]);
		if (!other) {
			mem_free(need);
			return near_program(r, r->o->with.at[i]);
		}
		need[other - r->obj->prog.at] = true;
	}
	for vec_each(&r->obj->map, m)
		for (i = 0; m->attr.type == ABI_MAP_PROG_ARRAY && i < m->n_init; i++)
			if (m->init[i] >= 0 && (size_t)m->init[i] < r->obj->prog.n)
				need[m->init[i]] = true;
	for (i = 0; i < r->obj->prog.n && n < max; i++)
		if (need[i])
			list[n++] = (struct engine_load_prog){.name = r->obj->prog.at[i].name, .load = true};
	mem_free(need);
	*ret_n = n;
	return 0;
}

static int load(struct run_object *r)
{
	struct engine_load l = {.obj = r->obj, .only_listed = true, .vmlinux = r->btf};
	struct engine_load_prog *list = mem_alloc_array(r->obj->prog.n, sizeof(*list));
	const char *name = r->prog->name;
	size_t n = 0;
	int err = list ? list_needed(r, list, r->obj->prog.n, &n) : -ENOMEM;

	l.prog = list;
	l.progs = n;
	l.log_level = r->c->verbose > 1 ? 2 : r->c->verbose;
	if (!err)
		err = cli_load(r->c, r->engine, &l, &r->loaded);
	mem_free(list);
	if (err)
		return err;
	r->any_loaded = true;
	r->loaded_prog = engine_loaded_prog(&r->loaded, name);
	if (!r->loaded_prog || r->loaded_prog->fd < 0)
		return diag_error(&r->c->diag, "run.prog", DIAG_NONE, "'%s' was not loaded", name);
	if (r->loaded_prog->log && *r->loaded_prog->log)
		fputs(r->loaded_prog->log, stderr);
	return 0;
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void refuse_data(struct run_object *r, const char *type)
{
	diag_error(&r->c->diag, "run.data", DIAG_NONE,
		   "the engine does not take that data or context for a program of type %s", type);
	if (!r->data.any || r->data.capture)
		return;
	if (r->loaded_prog->type == ABI_PROG_XDP ? r->data.n < ETHERNET_MIN : r->data.n < HEADERS_MIN)
		diag_note(&r->c->diag, DIAG_NONE, "the packet has %zu bytes, and kernels of today want %s",
			  r->data.n,
			  r->loaded_prog->type == ABI_PROG_XDP ? "an Ethernet header, 14" :
								 "an Ethernet and an IP header, 34");
}

static int explain(struct run_object *r, int err)
{
	const struct abi_prog_type *row = abi_prog_type(r->loaded_prog->type);
	const char *type = row ? row->name : "unknown";

	if (err == -ENOTSUP || err == -ENGINE_ENOTSUPP)
		diag_error(&r->c->diag, "run.type", DIAG_NONE,
			   "programs of type %s cannot be run on data: nothing but their event runs them",
			   type);
	else if (err == -EINVAL && !r->data.any)
		diag_error(&r->c->diag, "run.data", DIAG_NONE,
			   "a program of type %s does not run so: has it its data (--data, --mem) or --ctx?",
			   type);
	else if (err == -EINVAL)
		refuse_data(r, type);
	else
		diag_error(&r->c->diag, "run", DIAG_NONE, "cannot run '%s': %s", r->prog->name, strerror(-err));
	return err;
}

/* One run, or `repeat` of them on the same bytes as the engine does it. */
static int run_once(struct run_object *r, const struct source_packet *p, uint32_t repeat,
		    struct engine_run *run)
{
	*run = (struct engine_run){
		.data_in = p ? p->data : NULL,
		.data_in_len = p ? p->len : 0,
		.data_out = p ? r->out : NULL,
		.data_out_len = p ? (uint32_t)r->out_room : 0,
		.ctx_in = r->ctx.bytes,
		.ctx_in_len = (uint32_t)r->ctx.n,
		.repeat = repeat > 1 ? repeat : 0, /* which for one run is what all types take */
	};
	return engine_prog_run(r->engine, r->loaded_prog->fd, run);
}

/* Many runs, in up to SAMPLES_MAX batches, so that the least and the median mean something. */
static int run_often(struct run_object *r, const struct source_packet *p, struct engine_run *run)
{
	uint64_t n = r->o->repeat, batch = (n + SAMPLES_MAX - 1) / SAMPLES_MAX, some;
	int err = 0;

	r->samples = 0;
	for (; n && !err; n -= some) {
		some = MIN(batch, n);
		err = run_once(r, p, (uint32_t)some, run);
		r->ns[r->samples++] = run->duration;
	}
	cli_watch_end_run(r->watch);
	qsort(r->ns, r->samples, sizeof(*r->ns), cli_by_u64);
	return err;
}

static const char *verdict(const struct run_object *r, uint32_t v)
{
	return abi_verdict(r->loaded_prog->type, (int32_t)v);
}

static bool changed(const struct run_object *r, const struct source_packet *p, const struct engine_run *run)
{
	return p && (run->data_out_len != p->len || memcmp(r->out, p->data, p->len));
}

static void show_hex(struct out *o, const char *name, const uint8_t *bytes, size_t n)
{
	struct str s;
	size_t i;

	str_init(&s, 4 * SOURCE_PACKET_MAX);
	for (i = 0; i < n; i++)
		str_addf(&s, "%02x", bytes[i]);
	out_str(o, name, s.s);
	str_done(&s);
}

static void show_run(struct run_object *r, const struct source_packet *p, const struct engine_run *run,
		     struct out *o)
{
	const char *name = verdict(r, run->retval);

	out_object_as(o, NULL,
		      "{prog}: {verdict|% (}{retval}{verdict|)}{median_ns|, % ns a run}{min_ns| (the least: %)}"
		      "{runs|, % runs}{len|, % bytes}{data_out|, changed to %}");
	out_str(o, "prog", r->prog->name);
	if (name)
		out_str(o, "verdict", name);
	out_int(o, "retval", (int32_t)run->retval);
	if (r->o->repeat > 1) {
		out_uint(o, "median_ns", r->ns[r->samples / 2]);
		out_uint(o, "min_ns", r->ns[0]);
		out_uint(o, "runs", r->o->repeat);
	}
	if (p && !out_is_json(o) && r->data.capture)
		out_uint(o, "len", p->len);
	if (changed(r, p, run) && r->o->repeat == 1 && !r->data.capture)
		show_hex(o, "data_out", r->out, run->data_out_len);
	out_end(o);
}

/* ---- captures -------------------------------------------------------------------------------- */

static void count_verdict(struct run_object *r, uint32_t v)
{
	size_t i;

	for (i = 0; i < r->n_counts && r->count[i].verdict != v; i++)
		;
	if (i == RUN_VERDICTS_MAX) {
		r->other_verdicts++;
		return;
	}
	if (i == r->n_counts)
		r->count[r->n_counts++] = (struct run_count){.verdict = v};
	r->count[i].n++;
}

static void show_packet(struct run_object *r, uint64_t number, const struct source_packet *p,
			const struct engine_run *run, struct out *o)
{
	const char *name = verdict(r, run->retval);
	char number_text[16];

	if (r->c->quiet)
		return;
	out_object_as(o, NULL, "{packet:>6}  {len:>5}  {verdict}{new_len|  now % bytes}{changed|  changed}");
	out_uint(o, "packet", number);
	out_uint(o, "len", p->len);
	snprintf(number_text, sizeof(number_text), "%d", (int32_t)run->retval);
	out_str(o, "verdict", name ? name : number_text);
	if (out_is_json(o))
		out_int(o, "retval", (int32_t)run->retval);
	if (run->data_out_len != p->len)
		out_uint(o, "new_len", run->data_out_len);
	else if (changed(r, p, run))
		out_str(o, "changed", "yes");
	out_end(o);
}

/* What comes out goes to --out with its verdict as a comment, dropped packets included. */
static int put_packet(struct run_object *r, const struct source_packet *p, const struct engine_run *run)
{
	struct source_packet to = *p;

	if (!r->writer)
		return 0;
	to.data = r->out;
	to.len = run->data_out_len;
	to.wire_len = run->data_out_len == p->len ? p->wire_len : run->data_out_len;
	return source_writer_put(r->writer, &to, verdict(r, run->retval));
}

static void show_counts(struct run_object *r, uint64_t packets, struct out *o)
{
	const char *name;
	size_t i;

	out_object(o, NULL);
	out_uint(o, "packets", packets);
	out_array(o, "verdicts", OUT_TABLE);
	for (i = 0; i < r->n_counts; i++) {
		name = verdict(r, r->count[i].verdict);
		out_object(o, NULL);
		if (name)
			out_str(o, "verdict", name);
		out_int(o, "retval", (int32_t)r->count[i].verdict);
		out_uint(o, "packets", r->count[i].n);
		out_end(o);
	}
	out_end(o);
	if (r->other_verdicts)
		out_uint(o, "other_verdicts", r->other_verdicts);
	out_end(o);
}

static int events(struct run_object *r, struct out *o)
{
	int64_t n;

	do
		n = cli_events_show(r->events, o);
	while (n > 0);
	return (int)n;
}

static int run_capture(struct run_object *r, struct out *o)
{
	struct source_packet p;
	struct engine_run run;
	uint64_t number = 0;
	int err, got;

	while ((got = source_capture_next(r->data.capture, &r->c->diag, &p)) > 0) {
		number++;
		if (p.link != SOURCE_ETHERNET)
			return diag_error(&r->c->diag, "run.link", DIAG_NONE,
					  "packet %llu has no Ethernet header (link type %u), and programs expect one",
					  (unsigned long long)number, p.link);
		err = run_often(r, &p, &run);
		if (err)
			return explain(r, err);
		count_verdict(r, run.retval);
		show_packet(r, number, &p, &run, o);
		err = put_packet(r, &p, &run);
		if (!err)
			err = events(r, o);
		if (err)
			return diag_error(&r->c->diag, "output", DIAG_NONE, "cannot write: %s", strerror(-err));
	}
	if (!got)
		show_counts(r, number, o);
	return got;
}

/* ---- one piece of data ----------------------------------------------------------------------- */

static int run_single(struct run_object *r, struct out *o)
{
	struct source_packet p = {.data = r->data.bytes, .len = (uint32_t)r->data.n};
	const struct source_packet *data = r->data.any ? &p : NULL;
	struct engine_run run;
	int err = run_often(r, data, &run);

	if (err)
		return explain(r, err);
	show_run(r, data, &run, o);
	err = events(r, o);
	if (!err && r->o->out && data)
		err = file_write(r->o->out, r->out, run.data_out_len, &r->c->diag);
	return err;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int prepare(struct run_object *r, const char *name)
{
	size_t i;
	int err = choose(r, name);

	for (i = 0; i < r->o->set.n && !err; i++)
		err = cli_set_variable(r->c, r->obj, r->o->set.at[i]);
	if (!err)
		err = run_read_ctx(r);
	if (!err)
		err = run_read_data(r);
	return err;
}

/* r0's engine: unless it was asked for, the kernel is left alone. */
static int open_engine(struct run_object *r)
{
	struct engine_options o = {.trust = r->o->jit || r->o->interp, .vmlinux = r->o->btf ? r->o->btf : CLI_VMLINUX,
				   .budget = r->o->budget};

	unsigned watch = (r->o->trace ? CLI_WATCH_TRACE : 0) | (r->o->cover ? CLI_WATCH_COVER : 0);
	int err = 0;

	if (r->c->engine == CLI_ENGINE_AUTO)
		r->c->engine = CLI_ENGINE_EMBEDDED;
	if (watch && r->c->engine == CLI_ENGINE_KERNEL)
		err = diag_error(&r->c->diag, "usage.engine", DIAG_NONE,
				 "the kernel lets nobody watch programs run: --trace and --cover are for the embedded engine");
	else if (watch)
		err = cli_watch_new(r->c, watch, &o, &r->watch);
	if (err)
		return err;
	return cli_engine(r->c, &o, &r->engine);
}

static int start(struct run_object *r)
{
	int err = open_engine(r);

	if (!err && r->o->btf)
		err = cli_btf_file(r->c, r->o->btf, NULL, &r->btf);
	if (!err)
		err = load(r);
	if (!err && r->watch)
		err = cli_watch_start(r->watch, r->obj, &r->loaded);
	if (!err)
		err = run_fill_maps(r);
	if (!err)
		err = cli_events_open(r->c, &r->loaded, r->obj->btf, &r->o->event, &r->events);
	if (!err && r->o->out && r->data.capture)
		err = source_writer_open(r->o->out,
					 str_has_suffix(r->o->out, ".pcapng") ? SOURCE_PCAPNG : SOURCE_PCAP,
					 &r->c->diag, &r->writer);
	r->out_room = (r->data.capture ? SOURCE_PACKET_MAX : r->data.n) + OUT_SLACK;
	r->out = mem_alloc(r->out_room);
	r->ns = mem_alloc_array(SAMPLES_MAX + 1, sizeof(*r->ns));
	return err ? err : r->out && r->ns ? 0 : -ENOMEM;
}

static int run_and_show(struct run_object *r)
{
	struct out o;
	int err, status;

	cli_out_init(r->c, &o);
	if (out_is_json(&o) && o.format != OUT_JSON_LINES)
		out_array(&o, NULL, OUT_LIST);
	err = r->data.capture ? run_capture(r, &o) : run_single(r, &o);
	if (!err)
		err = run_dump_maps(r, &o);
	if (!err && r->watch)
		cli_watch_show(r->watch, &o);
	if (out_is_json(&o) && o.format != OUT_JSON_LINES)
		out_end(&o);
	status = cli_out_done(r->c, &o, err ? CLI_FAILED : CLI_OK);
	if (r->writer) {
		err = source_writer_close(r->writer);
		r->writer = NULL;
		if (err) {
			diag_error(&r->c->diag, "output", diag_file(r->o->out), "cannot write: %s", strerror(-err));
			status = CLI_FAILED;
		}
	}
	return status;
}

static void done(struct run_object *r)
{
	int err = r->writer ? source_writer_close(r->writer) : 0;

	(void)err; /* something else went wrong before */
	cli_events_close(r->events);
	cli_watch_free(r->watch);
	if (r->any_loaded)
		engine_loaded_done(&r->loaded);
	run_data_done(r);
	obj_free(r->obj);
	btf_unref(r->btf);
	mem_free(r->out);
	mem_free(r->ns);
}

int run_object(struct cli *c, const struct run_options *o, const char *path, const struct file *file,
	       const char *prog)
{
	struct run_object r = {.c = c, .o = o};
	int status = CLI_USAGE;
	int err = obj_open_bytes(file->data, file->size, path, NULL, &c->diag, &r.obj);

	if (!err)
		err = prepare(&r, prog);
	if (!err) {
		err = start(&r);
		status = CLI_FAILED;
	}
	if (!err)
		status = run_and_show(&r);
	if (err && !cli_failed(c))
		diag_error(&c->diag, "run", DIAG_NONE, "%s", strerror(-err));
	cli_show_diag(c); /* before what it points into goes */
	done(&r);
	return status;
}

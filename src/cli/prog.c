/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep prog: programs of the engine - which there are, pins, runs. In bpftool's words. */
#include <stdio.h>
#include <time.h>

#include "abi/abi.h"
#include "cli/graph.h"
#include "cli/prog.h"

enum { MAPS_MAX = 65536, HEX_A_LINE = 16, DATA_MAX = 1 << 20, REPEAT_MAX = 100000000 };

/* ---- show ------------------------------------------------------------------------------------ */

static const char show_text[] =
	"{id}: {type}{name|  name %}{tag|  tag %}{license|  %}{run_time_ns| run_time_ns %}{run_cnt| run_cnt %}"
	"{recursion_misses| recursion_misses %}{loaded_at|\n\tloaded_at %}{uid|  uid %}\n\txlated {bytes_xlated}B"
	"{bytes_jited|  jited %B}{not_jited|  %}{bytes_memlock|  memlock %B}{map_ids|  map_ids %}{pinned|\n\tpinned %}"
	"{btf_id|\n\tbtf_id %}{pids|\n\tpids %}";

void prog_show_head(const struct engine_prog_info *p, struct out *o)
{
	const struct abi_prog_type *type = abi_prog_type(p->type);
	char tag[2 * ENGINE_TAG + 1], number[16];
	size_t i;

	snprintf(number, sizeof(number), "%u", p->type);
	out_uint(o, "id", p->id);
	out_str(o, "type", type ? type->name : number);
	if (*p->name)
		out_strn(o, "name", p->name, strnlen(p->name, sizeof(p->name)));
	for (i = 0; i < ENGINE_TAG; i++)
		snprintf(tag + 2 * i, 3, "%02x", p->tag[i]);
	out_str(o, "tag", tag);
	if (out_is_json(o))
		out_bool(o, "gpl_compatible", p->gpl & 1);
	else if (p->gpl & 1)
		out_str(o, "license", "gpl");
}

static void show_stats(const struct engine_prog_info *p, struct out *o)
{
	if (p->run_time_ns) {
		out_uint(o, "run_time_ns", p->run_time_ns);
		out_uint(o, "run_cnt", p->run_cnt);
	}
	if (p->recursion_misses)
		out_uint(o, "recursion_misses", p->recursion_misses);
}

/* The kernel counts from boot, people from 1970. */
static uint64_t seconds_of(uint64_t since_boot)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (uint64_t)((real.tv_sec - boot.tv_sec) + ((int64_t)real.tv_nsec - boot.tv_nsec + (int64_t)since_boot) /
			  INT64_C(1000000000));
}

static void show_loading(const struct engine_prog_info *p, struct out *o)
{
	time_t at = (time_t)seconds_of(p->load_time);
	char text[64] = "";
	struct tm tm;

	if (p->load_time) {
		if (localtime_r(&at, &tm))
			strftime(text, sizeof(text), "%FT%T%z", &tm);
		out_uint_as(o, "loaded_at", (uint64_t)at, text);
		out_uint(o, "uid", p->uid);
	}
}

static void show_sizes(struct engine *e, int fd, const struct engine_prog_info *p, struct out *o)
{
	uint64_t memlock;

	out_uint(o, "bytes_xlated", p->xlated_len);
	if (out_is_json(o))
		out_bool(o, "jited", p->jited_len);
	else if (!p->jited_len)
		out_str(o, "not_jited", "not jited");
	if (p->jited_len)
		out_uint(o, "bytes_jited", p->jited_len);
	if (!kern_fd_number(e, fd, "memlock", &memlock))
		out_uint(o, "bytes_memlock", memlock);
}

static void show_maps(struct engine *e, int fd, uint32_t n, struct out *o)
{
	uint32_t *id = n && n < MAPS_MAX ? mem_alloc_array(n, sizeof(*id)) : NULL, i;
	struct engine_prog_info p = {.map_count = n, .map_ids = engine_ptr(id)};
	struct str s;

	if (!id || engine_info(e, fd, &p, sizeof(p))) {
		mem_free(id);
		return;
	}
	n = MIN(n, p.map_count);
	if (out_is_json(o)) {
		out_array(o, "map_ids", OUT_LIST);
		for (i = 0; i < n; i++)
			out_uint(o, NULL, id[i]);
		out_end(o);
	} else {
		str_init(&s, 1 << 20);
		for (i = 0; i < n; i++)
			str_addf(&s, "%s%u", i ? "," : "", id[i]);
		out_str(o, "map_ids", s.s);
		str_done(&s);
	}
	mem_free(id);
}

static void show(void *who, struct engine *e, int fd, struct out *o)
{
	struct engine_prog_info p = {0};

	if (engine_info(e, fd, &p, sizeof(p)))
		return;
	out_object_as(o, NULL, show_text);
	prog_show_head(&p, o);
	show_stats(&p, o);
	show_loading(&p, o);
	show_sizes(e, fd, &p, o);
	show_maps(e, fd, p.map_count, o);
	if (p.btf_id)
		out_uint(o, "btf_id", p.btf_id);
	noun_who_show(who, ENGINE_PROG, p.id, o);
	out_end(o);
}

static int run_show(const struct opt_args *a)
{
	return noun_run_show(a, ENGINE_PROG, show);
}

/* ---- pin ------------------------------------------------------------------------------------- */

static int run_pin(const struct opt_args *a)
{
	return noun_run_pin(a, ENGINE_PROG);
}

/* ---- run ------------------------------------------------------------------------------------- */

struct run_files {
	const char *data_in, *data_out, *ctx_in, *ctx_out;
	uint64_t data_room, ctx_room, repeat;
};

static int read_run(struct cli_words *w, struct run_files *f)
{
	const struct { const char *word; const char **path; uint64_t *number; } words[] = {
		{"data_in", &f->data_in, NULL},		 {"data_out", &f->data_out, NULL},
		{"data_size_out", NULL, &f->data_room},	 {"ctx_in", &f->ctx_in, NULL},
		{"ctx_out", &f->ctx_out, NULL},		 {"ctx_size_out", NULL, &f->ctx_room},
		{"repeat", NULL, &f->repeat},
	};
	size_t i;
	int err = 0;

	while (!err && cli_word(w)) {
		for (i = 0; i < ARRAY_LEN(words) && !cli_word_is(w, words[i].word); i++)
			;
		if (i == ARRAY_LEN(words))
			return cli_words_end(w);
		if (words[i].number) {
			err = cli_word_number(w, "number", UINT32_MAX, words[i].number);
		} else {
			*words[i].path = cli_word_take(w, "a file");
			err = *words[i].path ? 0 : -EINVAL;
		}
	}
	return err;
}

static void show_dump(const char *name, const uint8_t *p, size_t n, struct out *o)
{
	size_t i, k;

	if (out_is_json(o)) {
		out_array(o, name, OUT_LIST);
		for (i = 0; i < n; i++)
			out_uint(o, NULL, p[i]);
		out_end(o);
		return;
	}
	for (i = 0; i < n; i += HEX_A_LINE) {
		out_text(o, "%07zx\t", i);
		for (k = i; k < i + HEX_A_LINE; k++) {
			out_text(o, k < n ? "%02x" : "  ", k < n ? p[k] : 0);
			if (k % 2)
				out_text(o, " ");
		}
		out_text(o, "| ");
		for (k = i; k < i + HEX_A_LINE && k < n; k++)
			out_text(o, "%c", p[k] >= ' ' && p[k] < 127 ? p[k] : '.');
		out_text(o, "\n");
	}
}

struct prog_run {
	struct file data, ctx;
	uint8_t *data_out, *ctx_out; /* owned */
	struct engine_run r;
};

static int open_run(struct cli *c, const struct run_files *f, struct prog_run *p)
{
	int err = 0;

	*p = (struct prog_run){0};
	if (f->data_in)
		err = file_read(f->data_in, DATA_MAX, &c->diag, &p->data);
	if (!err && f->ctx_in)
		err = file_read(f->ctx_in, DATA_MAX, &c->diag, &p->ctx);
	if (err)
		return err;
	p->r = (struct engine_run){.data_in = p->data.data,
				   .data_in_len = (uint32_t)p->data.size,
				   .ctx_in = p->ctx.data,
				   .ctx_in_len = (uint32_t)p->ctx.size,
				   .repeat = f->repeat ? (uint32_t)MIN(f->repeat, (uint64_t)REPEAT_MAX) : 1};
	if (f->data_in) {
		p->r.data_out_len = (uint32_t)(f->data_room ? f->data_room : p->data.size + DATA_MAX / 16);
		p->data_out = mem_alloc(p->r.data_out_len);
	}
	if (f->ctx_in) {
		p->r.ctx_out_len = (uint32_t)(f->ctx_room ? f->ctx_room : p->ctx.size);
		p->ctx_out = mem_alloc(p->r.ctx_out_len);
	}
	p->r.data_out = p->data_out;
	p->r.ctx_out = p->ctx_out;
	return (f->data_in && !p->data_out) || (f->ctx_in && !p->ctx_out) ? -ENOMEM : 0;
}

static void close_run(struct prog_run *p)
{
	file_done(&p->data);
	file_done(&p->ctx);
	mem_free(p->data_out);
	mem_free(p->ctx_out);
}

/* Output goes to its file, or is shown when it has none. */
static int put_output(struct cli *c, const char *path, const char *name, const uint8_t *p, size_t n, struct out *o)
{
	if (!p)
		return 0;
	if (path)
		return file_write(path, p, n, &c->diag);
	show_dump(name, p, n, o);
	return 0;
}

static int show_run(struct cli *c, const struct run_files *f, const struct prog_run *p)
{
	struct out o;
	int err;

	cli_out_init(c, &o);
	out_object_as(&o, NULL, "Return value: {retval}, duration{average| %}: {duration}ns");
	err = put_output(c, f->data_out, "data_out", p->data_out, p->r.data_out_len, &o);
	if (!err)
		err = put_output(c, f->ctx_out, "ctx_out", p->ctx_out, p->r.ctx_out_len, &o);
	out_uint(&o, "retval", p->r.retval);
	if (!out_is_json(&o) && p->r.repeat > 1)
		out_str(&o, "average", "(average)");
	out_uint(&o, "duration", p->r.duration);
	out_end(&o);
	return cli_out_done(c, &o, err ? CLI_FAILED : CLI_OK);
}

static int run_run(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct run_files f = {0};
	struct prog_run p = {0};
	struct cli_handle h;
	int status = CLI_FAILED, err = cli_handle_one(&w, ENGINE_PROG, &h);

	if (!err)
		err = read_run(&w, &f);
	if (!err)
		err = open_run(w.c, &f, &p);
	if (!err) {
		err = engine_prog_run(h.engine, h.fd.at[0], &p.r);
		if (err)
			noun_failed(w.c, "the program does not run on that", err);
	}
	if (!err)
		status = show_run(w.c, &f, &p);
	close_run(&p);
	cli_handle_done(&h);
	return status;
}

/* ---- the commands ---------------------------------------------------------------------------- */

NOUN_COMMANDS(PROG_ARG, "list programs, or show some", "keep a program at a path of a bpf file system");

static const struct opt_command run_command = {
	.name = "run",
	.args = PROG_ARG " [data_in FILE [data_out FILE [data_size_out N]]] [ctx_in FILE [ctx_out FILE [ctx_size_out N]]] "
		"[repeat N]",
	.summary = "run a loaded program on data",
	.run = run_run,
	.min_args = 1,
	.max_args = -1,
	.complete = "file",
};

static const struct opt_command *const subs[] = {
	&show_command, &list_command, &prog_dump_command, &prog_load_command, &prog_loadall_command, &prog_attach_command,
	&prog_detach_command, &prog_tracelog_command, &pin_command, &run_command, &graph_prog_command, NULL,
};

const struct opt_command cmd_prog = {
	.name = "prog",
	.summary = "show, load, attach, pin and run programs",
	.sub = subs,
};

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep top: which programs cost how much, live; or which maps hold how much.
 *
 * The kernel counts runs and their time as long as somebody holds a descriptor that asks for it
 * (BPF_ENABLE_STATS); before 5.8 there is a sysctl for it. Each look gives the difference to the one
 * before. On a terminal the table stays in place, elsewhere one follows the other.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "abi/abi.h"
#include "cli/noun.h"

enum { PROGS_MAX = 65536, HISTORY = 16, COUNTED_MAX = 65536, ROWS_DEFAULT = 24 };

struct top_options {
	uint64_t interval, count, rows;
};

struct row {
	uint32_t id, type;
	char name[ENGINE_NAME];
	uint64_t runs, ns;	   /* as the kernel has them */
	uint64_t new_runs, new_ns; /* since the last look */
	uint64_t history[HISTORY]; /* ns of the last looks, the newest last */
	bool seen;
	/* of maps */
	uint64_t bytes, entries, max;
	bool more; /* entries were not counted to their end */
};

struct top {
	struct cli *c;
	const struct top_options *o;
	struct engine *e;
	VEC(struct row) row;
	bool maps, terminal;
	uint64_t at, elapsed; /* ns: when we looked, and how long since the look before */
};

static volatile sig_atomic_t asked_to_end;

static void on_signal(int sig)
{
	(void)sig;
	asked_to_end = 1;
}

/* ---- looking --------------------------------------------------------------------------------- */

static struct row *row_of(struct top *t, uint32_t id)
{
	for vec_each(&t->row, r)
		if (r->id == id)
			return r;
	return vec_push(&t->row, (struct row){.id = id}) ? NULL : &vec_last(&t->row);
}

static void look_at_prog(struct top *t, int fd)
{
	struct engine_prog_info p = {0};
	struct row *r;
	bool first;

	if (engine_info(t->e, fd, &p, sizeof(p)))
		return;
	r = row_of(t, p.id);
	if (!r)
		return;
	first = !*r->name && !r->runs && !r->type;
	r->type = p.type;
	memcpy(r->name, p.name, sizeof(r->name));
	r->new_runs = first ? 0 : p.run_cnt - r->runs;
	r->new_ns = first ? 0 : p.run_time_ns - r->ns;
	r->runs = p.run_cnt;
	r->ns = p.run_time_ns;
	memmove(r->history, r->history + 1, sizeof(r->history) - sizeof(*r->history));
	r->history[HISTORY - 1] = r->new_ns;
	r->seen = true;
}

/* How many elements a map that may be part full has. */
static void count_entries(struct top *t, int fd, const struct engine_map_info *m, struct row *r)
{
	uint8_t *key = mem_alloc(m->key_size + 1);
	bool started = false;

	r->entries = 0;
	r->more = false;
	while (key && m->key_size && !engine_map_next_key(t->e, fd, started ? key : NULL, key)) {
		started = true;
		if (++r->entries < COUNTED_MAX)
			continue;
		r->more = true;
		break;
	}
	mem_free(key);
}

static void look_at_map(struct top *t, int fd)
{
	struct engine_map_info m = {0};
	struct row *r;

	if (engine_info(t->e, fd, &m, sizeof(m)))
		return;
	r = row_of(t, m.id);
	if (!r)
		return;
	r->type = m.type;
	memcpy(r->name, m.name, sizeof(r->name));
	r->max = m.max_entries;
	(void)!kern_fd_number(t->e, fd, "memlock", &r->bytes);
	count_entries(t, fd, &m, r);
	r->seen = true;
}

static void look(struct top *t)
{
	const enum engine_kind kind = t->maps ? ENGINE_MAP : ENGINE_PROG;
	uint64_t at = cli_now();
	uint32_t id = 0;
	size_t i, n = 0;
	int fd;

	t->elapsed = t->at ? at - t->at : 0;
	t->at = at;
	for vec_each(&t->row, r)
		r->seen = false;
	while (!engine_next_id(t->e, kind, id, &id)) {
		fd = engine_open_id(t->e, kind, id);
		if (fd < 0)
			continue;
		if (t->maps)
			look_at_map(t, fd);
		else
			look_at_prog(t, fd);
		engine_close(t->e, fd);
	}
	for (i = 0; i < t->row.n; i++) /* those that are gone */
		if (t->row.at[i].seen)
			t->row.at[n++] = t->row.at[i];
	t->row.n = n;
}

static int by_cost(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->new_ns != y->new_ns)
		return x->new_ns > y->new_ns ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

/* ---- showing --------------------------------------------------------------------------------- */

static void spark(const struct row *r, char *to, size_t max)
{
	static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	uint64_t most = 1;
	size_t i, n = 0;

	for (i = 0; i < HISTORY; i++)
		most = MAX(most, r->history[i]);
	for (i = 0; i < HISTORY && n + 4 < max; i++)
		n += (size_t)snprintf(to + n, max - n, "%s", bars[(r->history[i] * 8 + most - 1) / most]);
}

static void show_prog(const struct top *t, const struct row *r, struct out *o)
{
	const struct abi_prog_type *type = abi_prog_type(r->type);
	const double seconds = t->elapsed ? (double)t->elapsed / 1e9 : 1;
	char bars[4 * HISTORY + 4];

	out_object(o, NULL);
	out_uint(o, "id", r->id);
	out_str(o, "type", type ? type->name : "");
	out_strn(o, "name", r->name, strnlen(r->name, sizeof(r->name)));
	out_double(o, "cpu_percent", (double)r->new_ns / 1e7 / seconds, 2);
	out_uint(o, "runs_per_s", (uint64_t)((double)r->new_runs / seconds));
	out_uint(o, "ns_per_run", r->new_runs ? r->new_ns / r->new_runs : 0);
	if (!out_is_json(o)) {
		spark(r, bars, sizeof(bars));
		out_str(o, "history", bars);
	}
	out_end(o);
}

static void show_map(const struct row *r, struct out *o)
{
	const struct abi_map_type *type = abi_map_type(r->type);
	char fill[16];

	out_object(o, NULL);
	out_uint(o, "id", r->id);
	out_str(o, "type", type ? type->name : "");
	out_strn(o, "name", r->name, strnlen(r->name, sizeof(r->name)));
	out_uint(o, "bytes", r->bytes);
	out_uint(o, "entries", r->entries);
	out_uint(o, "max_entries", r->max);
	snprintf(fill, sizeof(fill), "%s%.0f%%", r->more ? ">" : "", r->max ? 100.0 * (double)r->entries / (double)r->max : 0);
	out_str(o, "fill", fill);
	out_end(o);
}

static uint64_t rows_that_fit(const struct top *t)
{
	struct winsize w;

	if (t->o->rows)
		return t->o->rows;
	if (!t->terminal)
		return UINT64_MAX;
	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_row > 3 ? (uint64_t)w.ws_row - 3 : ROWS_DEFAULT;
}

static int show(struct top *t)
{
	uint64_t n = rows_that_fit(t);
	struct out o;

	qsort(t->row.at, t->row.n, sizeof(*t->row.at), by_cost);
	cli_out_init(t->c, &o);
	if (o.format == OUT_JSON)
		o.format = OUT_JSON_LINES; /* looks have no end that an array could wait for */
	if (t->terminal)
		out_text(&o, "\033[H\033[J%zu %s, every %.1f s; ^C ends\n", t->row.n, t->maps ? "maps" : "programs",
			 (double)t->o->interval / 1e9);
	out_array(&o, NULL, OUT_TABLE);
	for vec_each(&t->row, r) {
		if (!n--)
			break;
		if (t->maps)
			show_map(r, &o);
		else
			show_prog(t, r, &o);
	}
	out_end(&o);
	return cli_out_done(t->c, &o, CLI_OK);
}

static void pause_for(uint64_t ns)
{
	const struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	nanosleep(&t, NULL); /* a signal ends it */
}

static int watch(struct top *t)
{
	uint64_t left = t->o->count;
	int status = CLI_OK;

	look(t);
	while (status == CLI_OK && !asked_to_end) {
		if (!t->maps || left != t->o->count) {
			pause_for(t->o->interval);
			look(t);
		}
		status = show(t);
		if (left && !--left)
			break;
	}
	return status;
}

static int run(const struct opt_args *a)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct top t = {.c = cli_of(a), .o = a->options, .row = VEC_INIT(PROGS_MAX)};
	struct cli_words w = cli_words(a);
	int err = cli_engine(t.c, NULL, &t.e), stats = -1, status;

	t.maps = cli_word_is(&w, "maps");
	if (!t.maps)
		cli_word_is(&w, "progs");
	if (cli_words_end(&w))
		return CLI_USAGE;
	if (err)
		return noun_failed(t.c, "cannot open the engine", err);
	t.terminal = isatty(STDOUT_FILENO) && !cli_is_json(t.c);
	asked_to_end = 0;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	if (!t.maps) {
		stats = engine_enable_stats(t.e);
		if (stats < 0)
			diag_warn(&t.c->diag, "top.stats", DIAG_NONE,
				  "the kernel does not count run times for us (%s): sysctl kernel.bpf_stats_enabled=1 would",
				  strerror(-stats));
		cli_show_diag(t.c);
	}
	status = watch(&t);
	if (stats >= 0)
		engine_close(t.e, stats);
	vec_done(&t.row);
	return status;
}

static const struct top_options defaults = {.interval = UINT64_C(1000000000)};

static const struct opt opts[] = {
	{'i', "interval", OPT_DURATION, offsetof(struct top_options, interval), "TIME", "between two looks (default: 1s)", NULL},
	{'n', "count", OPT_U64, offsetof(struct top_options, count), "N", "end after N tables (default: never)", NULL},
	{0, "rows", OPT_U64, offsetof(struct top_options, rows), "N", "at most N rows (default: what fits the terminal)", NULL},
	{0},
};

static const struct opt_example examples[] = {
	{"skep top", "the programs that cost most, live"},
	{"skep top maps -n 1", "all maps by their memory, and how full they are"},
	{"skep top -j -n 10 > costs.jsonl", "ten looks, a line of JSON for each program"},
	{0},
};

const struct opt_command cmd_top = {
	.name = "top",
	.args = "[progs|maps]",
	.summary = "show live which programs cost most, or how full maps are",
	.about = "A program's cost is the time it ran since the last look: as part of one CPU, as runs a second, and "
		 "for each run. The kernel counts it while this command runs, which costs each run some 20 ns. Of maps, "
		 "at most 65536 elements are counted.",
	.opts = opts,
	.examples = examples,
	.run = run,
	.size = sizeof(struct top_options),
	.defaults = &defaults,
	.min_args = 0,
	.max_args = 1,
	.complete = "progs maps",
};

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Watching programs run.
 *
 * A line of source has run as often as the instruction of it that ran most: what a compiler made of one
 * line may be in several places, of which control reaches one. Functions are part of each program that
 * calls them, so their lines are counted where they ran and summed over programs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "btf/btf.h"
#include "cli/watch.h"

enum { WATCHED_MAX = 16384, LINES_MAX = 1 << 20, INSN_TEXT_MAX = 4096 };

struct watched {
	uint32_t id, n;
	const struct engine_loaded_prog *loaded;
	const struct obj_prog *prog;
	uint64_t *hits; /* owned: by instruction */
};

struct cli_watch {
	struct cli *c;
	unsigned what;
	const struct obj *obj;
	VEC(struct watched) prog;
	/* the trace's */
	uint64_t last[ISA_REG_MAX];
	uint32_t last_id;
	bool any;
};

/* ---- each instruction ------------------------------------------------------------------------ */

static void trace(struct cli_watch *w, const struct watched *p, uint32_t pc, const uint64_t *reg)
{
	const struct isa_dis how = {.style = ISA_STYLE_KERNEL, .names = &cli_helper_names};
	struct str s;
	int i;

	str_init(&s, INSN_TEXT_MAX);
	for (i = 0; w->any && i < ISA_REG_MAX; i++)
		if (reg[i] != w->last[i])
			str_addf(&s, "  r%d=0x%llx", i, (unsigned long long)reg[i]);
	str_add(&s, w->any ? "\n" : "");
	if (p->id != w->last_id)
		str_addf(&s, "%s:\n", p->loaded->name);
	str_addf(&s, "%4u: ", pc);
	isa_dis_one(&how, p->loaded->insn + pc, p->n - pc, pc, &s);
	fwrite(s.s, 1, s.n, stderr);
	str_done(&s);
	memcpy(w->last, reg, sizeof(w->last));
	w->last_id = p->id;
	w->any = true;
}

static void step(void *watch, uint32_t id, uint32_t pc, const uint64_t *reg)
{
	struct cli_watch *w = watch;

	for vec_each(&w->prog, p) {
		if (p->id != id || pc >= p->n)
			continue;
		p->hits[pc]++;
		if (w->what & CLI_WATCH_TRACE)
			trace(w, p, pc, reg);
		return;
	}
}

/* ---- setting up ------------------------------------------------------------------------------ */

int cli_watch_new(struct cli *c, unsigned what, struct engine_options *o, struct cli_watch **ret_watch)
{
	struct cli_watch *w = mem_alloc(sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->c = c;
	w->what = what;
	w->prog.max = WATCHED_MAX;
	o->step = step;
	o->step_arg = w;
	*ret_watch = w;
	return 0;
}

static int watch_prog(struct cli_watch *w, const struct engine_loaded *l, const struct engine_loaded_prog *lp)
{
	struct engine_prog_info info = {0};
	struct watched p = {.loaded = lp, .prog = obj_prog_find(w->obj, lp->name), .n = lp->insns};
	int err = engine_info(l->engine, lp->fd, &info, sizeof(info));

	p.id = info.id;
	p.hits = mem_alloc_array(p.n + 1, sizeof(*p.hits));
	if (!err)
		err = p.hits ? vec_push(&w->prog, p) : -ENOMEM;
	if (err)
		mem_free(p.hits);
	return err;
}

int cli_watch_start(struct cli_watch *w, const struct obj *obj, const struct engine_loaded *l)
{
	int err = 0;

	w->obj = obj;
	for vec_each(&l->prog, lp)
		if (!err && lp->fd >= 0 && lp->insn)
			err = watch_prog(w, l, lp);
	return err;
}

void cli_watch_end_run(struct cli_watch *w)
{
	if (!w || !w->any)
		return;
	fputc('\n', stderr);
	w->any = false;
}

void cli_watch_free(struct cli_watch *w)
{
	if (!w)
		return;
	for vec_each(&w->prog, p)
		mem_free(p->hits);
	vec_done(&w->prog);
	mem_free(w);
}

/* ---- each line ------------------------------------------------------------------------------- */

struct line {
	const char *file, *text;
	uint32_t number, prog;
	uint64_t hits;
};

struct lines {
	VEC(struct line) at;
};

/* From one record to the next, the instructions are the line's. */
static int add_lines(const struct cli_watch *w, uint32_t number, struct lines *l)
{
	const struct watched *p = &w->prog.at[number];
	const struct obj_info *info = &p->prog->code_line;
	const struct btf *b = w->obj->btf;
	const struct btf_line_info *at, *next;
	uint32_t i, pc, end;
	uint64_t hits;
	int err = 0;

	for (i = 0; i < info->n && !err; i++) {
		at = (const void *)((const char *)info->at + (size_t)i * info->size);
		if (!BTF_LINE(at->line_col)) /* the compiler's own */
			continue;
		next = i + 1 < info->n ? (const void *)((const char *)at + info->size) : NULL;
		end = MIN(next ? next->insn_off : p->n, p->n);
		for (hits = 0, pc = at->insn_off; pc < end; pc++)
			hits = MAX(hits, p->hits[pc]);
		err = vec_push(&l->at, (struct line){btf_str(b, at->file_off), btf_str(b, at->line_off),
						     BTF_LINE(at->line_col), number, hits});
	}
	return err;
}

static int by_place(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int files = strcmp(x->file, y->file);

	if (files)
		return files;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->prog < y->prog ? -1 : x->prog > y->prog;
}

/* Of one line in one program the most, and over programs the sum. */
static size_t merge(struct lines *l)
{
	struct line *to = l->at.at;
	size_t i, n = 0;

	qsort(l->at.at, l->at.n, sizeof(*l->at.at), by_place);
	for (i = 0; i < l->at.n; i++) {
		const struct line from = l->at.at[i];

		if (!n || strcmp(to[n - 1].file, from.file) || to[n - 1].number != from.number) {
			to[n++] = from;
		} else if (to[n - 1].prog == from.prog) {
			to[n - 1].hits = MAX(to[n - 1].hits, from.hits);
		} else {
			to[n - 1].hits += from.hits;
			to[n - 1].prog = from.prog;
		}
	}
	return n;
}

static void show_lines(const struct lines *l, size_t n, struct out *o)
{
	const char *file = "";
	size_t i, ran = 0;

	for (i = 0; i < n; i++)
		ran += l->at.at[i].hits > 0;
	out_object(o, NULL);
	out_uint(o, "lines", n);
	out_uint(o, "lines_run", ran);
	out_array(o, "coverage", OUT_LIST);
	for (i = 0; i < n; i++) {
		const struct line *at = &l->at.at[i];
		const char *text = at->text + strspn(at->text, " \t");

		if (!out_is_json(o)) {
			if (strcmp(file, at->file))
				out_text(o, "%s\n", at->file);
			file = at->file;
			out_text(o, "%10llu %5u  %s\n", (unsigned long long)at->hits, at->number, text);
			continue;
		}
		out_object(o, NULL);
		out_str(o, "file", at->file);
		out_uint(o, "line", at->number);
		out_uint(o, "hits", at->hits);
		out_str(o, "source", text);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}

void cli_watch_show(const struct cli_watch *w, struct out *o)
{
	struct lines l = {.at = VEC_INIT(LINES_MAX)};
	uint32_t i;
	int err = 0;

	if (!(w->what & CLI_WATCH_COVER))
		return;
	for (i = 0; i < w->prog.n && !err && w->obj->btf; i++)
		if (w->prog.at[i].prog)
			err = add_lines(w, i, &l);
	if (!l.at.n)
		diag_warn(&w->c->diag, "cover", diag_file(w->obj->path), "the object does not say its source lines: clang -g");
	else if (!err)
		show_lines(&l, merge(&l), o);
	vec_done(&l.at);
}

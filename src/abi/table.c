/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every table as rows of text, for documentation and for diffs against other sources.
 *
 * A row is built in a buffer of its own; what does not fit is cut, which no row comes near
 * (tested). Sets are names with a space in between; an empty set or a version that never comes is
 * "-".
 */
#include "abi/impl.h"

enum { ROW_MAX = 2048 };

struct out {
	abi_table_fn *fn;
	void *ctx;
	char text[ROW_MAX];
	size_t used, n;
	const char *cols[ABI_TABLE_COLUMNS];
};

/* ---- one row ---- */

static void put(struct out *o, const char *s, size_t len)
{
	size_t room = ROW_MAX - 1 - o->used;

	if (len > room)
		len = room;
	memcpy(o->text + o->used, s, len);
	o->used += len;
	o->text[o->used] = 0;
}

static void begin_col(struct out *o)
{
	if (o->n)
		put(o, "", 1);
	o->cols[o->n++] = o->text + o->used;
	o->text[o->used] = 0;
}

static void col(struct out *o, const char *s)
{
	begin_col(o);
	put(o, s, strlen(s));
}

static void put_number(struct out *o, long value)
{
	char text[24];
	size_t n = sizeof text;
	unsigned long rest = value < 0 ? 0UL - (unsigned long)value : (unsigned long)value;

	do
		text[--n] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		text[--n] = '-';
	put(o, text + n, sizeof text - n);
}

static void col_number(struct out *o, long value)
{
	begin_col(o);
	put_number(o, value);
}

static void col_kernel(struct out *o, uint16_t kernel)
{
	char text[8] = "-";

	if (kernel != ABI_NEVER)
		abi_kernel_print(kernel, text, sizeof text);
	col(o, text);
}

static void put_word(struct out *o, const char *word)
{
	if (o->text + o->used != o->cols[o->n - 1])
		put(o, " ", 1);
	put(o, word, strlen(word));
}

static void end_set(struct out *o)
{
	if (o->text + o->used == o->cols[o->n - 1])
		put(o, "-", 1);
}

static int end_row(struct out *o)
{
	int err = o->fn(o->ctx, o->cols, o->n);

	o->used = o->n = 0;
	return err;
}

/* ---- sets ---- */

static void col_words(struct out *o, unsigned set, const char *const *words)
{
	begin_col(o);
	for (unsigned i = 0; words[i]; i++)
		if (set >> i & 1)
			put_word(o, words[i]);
	end_set(o);
}

static void col_progs(struct out *o, uint64_t set)
{
	begin_col(o);
	for (unsigned i = 1; i < _ABI_PROG_MAX; i++)
		if (abi_in(set, i))
			put_word(o, abi_prog_type(i)->name);
	end_set(o);
}

/* A set of which more is in than out is written by what is out. */
static void col_attaches(struct out *o, uint64_t set)
{
	bool rest = abi_in(set, ABI_ATTACH_NONE);

	begin_col(o);
	if (set == ~0ULL)
		put_word(o, "any");
	else if (rest)
		put_word(o, "any but");
	for (unsigned i = 0; i < _ABI_ATTACH_MAX; i++)
		if (abi_in(set, i) != rest)
			put_word(o, abi_attach_type(i)->name);
	end_set(o);
}

static void col_maps(struct out *o, uint64_t set)
{
	begin_col(o);
	for (unsigned i = 1; i < _ABI_MAP_MAX; i++)
		if (abi_in(set, i))
			put_word(o, abi_map_type(i)->name);
	end_set(o);
}

static void col_flags(struct out *o, enum abi_flag_family family, uint32_t set)
{
	const struct abi_flag *f;

	begin_col(o);
	for (size_t i = 0; (f = abi_flag(i)); i++)
		if (f->family == family && set >> f->bit & 1)
			put_word(o, f->name);
	end_set(o);
}

static void col_sizes(struct out *o, const struct abi_sizes *s)
{
	col_number(o, s->min);
	if (s->max == s->min)
		return;
	put(o, "..", 2);
	if (s->max != UINT32_MAX)
		put_number(o, s->max);
	if (s->step > 1) {
		put(o, "/", 1);
		put_number(o, s->step);
	}
}

static const char *const need_words[] = {"net_admin", "perfmon", "gpl", NULL};
static const char *const how_words[] = {"hooks", "build", "fix", NULL};
static const char *const field_words[] = {"lock", "timer", "kptr", "graph", "uptr", NULL};
static const char *const op_words[] = {"lookup",       "update",       "delete",     "next",
				       "take",         "batch_lookup", "batch_take", "batch_update",
				       "batch_delete", "mmap",         NULL};
static const char *const helper_words[] = {"gpl", "pkt", "sleep", "fast", "bpf", "perfmon", NULL};
static const char *const kf_words[] = {
	"ACQUIRE",       "RELEASE",  "RET_NULL",  "TRUSTED_ARGS", "SLEEPABLE",
	"DESTRUCTIVE",   "RCU",      "ITER_NEW",  "ITER_NEXT",    "ITER_DESTROY",
	"RCU_PROTECTED", "FASTCALL", "ARENA_RET", "ARENA_ARG1",   "ARENA_ARG2",
	"IMPLICIT_ARGS", NULL};
static const char *const section_words[] = {"sleep", "btf", "frags", "send", "try", "plus", NULL};
static const char *const access_words[] = {"whole", "part",    "low", "half",   "wide",
					   "slot",  "aligned", "any", "inside", NULL};
static const char *const family_words[] = {"map",          "update",       "prog",
					   "attach",       "query",        "run",
					   "kprobe_multi", "uprobe_multi", "netfilter"};
static const char *const entries_words[] = {"some", "0", "1", "cpus", "pages"};
static const char *const btf_words[] = {"ok", "no", "must"};
static const char *const arch_words[] = {"any", "x86_64", "arm64"};

/* ---- the tables ---- */

static int prog_types(struct out *o)
{
	int err = 0;

	for (unsigned i = 1; i < _ABI_PROG_MAX && !err; i++) {
		const struct abi_prog_type *p = abi_prog_type(i);

		col_number(o, p->id);
		col(o, p->name);
		col_kernel(o, p->since);
		col_kernel(o, p->run);
		col_kernel(o, p->run_until);
		col_kernel(o, p->sleep);
		col_words(o, p->needs, need_words);
		col(o, p->returns);
		err = end_row(o);
	}
	return err;
}

static int attach_types(struct out *o)
{
	int err = 0;

	for (unsigned i = 0; i < _ABI_ATTACH_MAX && !err; i++) {
		const struct abi_attach_type *a = abi_attach_type(i);

		col_number(o, a->id);
		col(o, a->name);
		col_kernel(o, a->since);
		col(o, a->link == ABI_LINK_NONE ? "-" : abi_link_type(a->link)->name);
		col_kernel(o, a->sleep);
		col_progs(o, a->progs);
		err = end_row(o);
	}
	return err;
}

static int link_types(struct out *o)
{
	int err = 0;

	for (unsigned i = 1; i < _ABI_LINK_MAX && !err; i++) {
		const struct abi_link_type *l = abi_link_type(i);

		col_number(o, l->id);
		col(o, l->name);
		col_kernel(o, l->since);
		col_kernel(o, l->update);
		col_kernel(o, l->detach);
		col_progs(o, l->progs);
		col(o, l->info);
		err = end_row(o);
	}
	return err;
}

static int cmd_types(struct out *o)
{
	int err = 0;

	for (unsigned i = 0; i < _ABI_CMD_MAX && !err; i++) {
		const struct abi_cmd_type *c = abi_cmd_type(i);

		col_number(o, c->id);
		col(o, c->name);
		col_kernel(o, c->since);
		err = end_row(o);
	}
	return err;
}

static int targets(struct out *o, const struct abi_target *(*at)(size_t i))
{
	const struct abi_target *t;
	int err = 0;

	for (size_t i = 0; !err && (t = at(i)); i++) {
		col(o, t->name);
		col_kernel(o, t->since);
		col(o, t->config);
		err = end_row(o);
	}
	return err;
}

static int iters(struct out *o)
{
	return targets(o, abi_iter);
}

static int struct_ops(struct out *o)
{
	return targets(o, abi_struct_ops);
}

static int flags(struct out *o)
{
	const struct abi_flag *f;
	int err = 0;

	for (size_t i = 0; !err && (f = abi_flag(i)); i++) {
		col(o, family_words[f->family]);
		col_number(o, f->bit);
		col(o, f->name);
		col_kernel(o, f->since);
		err = end_row(o);
	}
	return err;
}

static int map_types(struct out *o)
{
	int err = 0;

	for (unsigned i = 1; i < _ABI_MAP_MAX && !err; i++) {
		const struct abi_map_type *m = abi_map_type(i);

		col_number(o, m->id);
		col(o, m->name);
		col_kernel(o, m->since);
		col_sizes(o, &m->key);
		col_sizes(o, &m->value);
		col(o, entries_words[m->entries]);
		col_flags(o, ABI_FLAGS_MAP, m->need);
		col(o, btf_words[m->btf]);
		col_words(o, m->fields, field_words);
		col_flags(o, ABI_FLAGS_MAP, m->flags);
		col_words(o, m->ops, op_words);
		err = end_row(o);
	}
	return err;
}

static void col_args(struct out *o, const struct abi_proto *proto)
{
	begin_col(o);
	for (unsigned i = 0; i < COUNT(proto->arg) && proto->arg[i]; i++) {
		if (i)
			put(o, ", ", 2);
		put(o, abi_arg_type(proto->arg[i])->kernel,
		    strlen(abi_arg_type(proto->arg[i])->kernel));
	}
	end_set(o);
}

static int helpers(struct out *o)
{
	int err = 0;

	for (unsigned i = 1; i < _ABI_HELPER_MAX && !err; i++) {
		const struct abi_helper *h = abi_helper_by_id(i);

		col_number(o, h->id);
		col(o, h->name);
		col_kernel(o, h->since);
		col_words(o, h->proto.flags, helper_words);
		col(o, abi_ret_type(h->proto.ret)->kernel);
		col_args(o, &h->proto);
		col_progs(o, h->progs);
		col_maps(o, abi_helper_maps(h));
		col(o, abi_helper_decl(h));
		err = end_row(o);
	}
	return err;
}

static int helper_rules(struct out *o)
{
	const struct abi_helper_rule *r;
	int err = 0;

	for (size_t i = 0; !err && (r = abi_helper_rule(i)); i++) {
		col(o, abi_helper_by_id(r->helper)->name);
		col_kernel(o, r->since);
		col_kernel(o, r->until);
		col_progs(o, r->progs);
		col_attaches(o, r->where);
		col_words(o, r->how, how_words);
		err = end_row(o);
	}
	return err;
}

static int kfuncs(struct out *o)
{
	const struct abi_kfunc *k;
	int err = 0;

	for (size_t i = 0; !err && (k = abi_kfunc(i)); i++) {
		col(o, k->name);
		col_kernel(o, k->since);
		col_kernel(o, k->until);
		col(o, abi_kfunc_set(k->set)->name);
		col_words(o, k->flags, kf_words);
		col(o, abi_kfunc_set(k->set)->config);
		col(o, abi_kfunc_decl(k, ABI_KERNEL_NEWEST));
		err = end_row(o);
	}
	return err;
}

static int sections(struct out *o)
{
	const struct abi_section *s;
	int err = 0;

	for (size_t i = 0; !err && (s = abi_section(i)); i++) {
		col(o, s->name);
		col(o, abi_prog_type(s->prog)->name);
		col(o, s->attach == ABI_ATTACH_NONE ? "-" : abi_attach_type(s->attach)->name);
		col_words(o, s->flags, section_words);
		col(o, abi_section_target(s->how));
		col(o, abi_section_text(s->how));
		err = end_row(o);
	}
	return err;
}

static int ctx_views(struct out *o)
{
	int err = 0;

	for (unsigned i = 0; i < _ABI_VIEW_MAX && !err; i++) {
		const struct abi_ctx_view_row *v = abi_ctx_view_row(i);

		col(o, v->name);
		col(o, abi_ctx_struct(v->ctx)->name);
		col_kernel(o, v->since);
		col(o, arch_words[v->arch]);
		col_progs(o, v->progs);
		col_attaches(o, v->where);
		err = end_row(o);
	}
	return err;
}

/* One row for each view of each field. */
static int ctx_fields(struct out *o)
{
	const struct abi_ctx_field *f;
	int err = 0;

	for (unsigned v = 0; v < _ABI_VIEW_MAX; v++)
		for (size_t i = 0; !err && (f = abi_ctx_field(i)); i++) {
			if (f->ctx != abi_ctx_view_row(v)->ctx)
				continue;
			col(o, abi_ctx_view_row(v)->name);
			col(o, f->name);
			col_number(o, f->offset);
			col_number(o, f->size);
			col_number(o, f->count);
			col(o, abi_ctx_type(f->type)->state);
			col_words(o, abi_ctx_letter(f, v, false), access_words);
			col_words(o, abi_ctx_letter(f, v, true), access_words);
			col_kernel(o, f->since);
			err = end_row(o);
		}
	return err;
}

static const struct table {
	const char *name;
	const char *heads; /* with a tab in between */
	int (*rows)(struct out *o);
} tables[] = {
	{"prog_type", "id\tname\tsince\trun\trun_until\tsleep\tneeds\treturns", prog_types},
	{"attach_type", "id\tname\tsince\tlink\tsleep\tprogs", attach_types},
	{"link_type", "id\tname\tsince\tupdate\tdetach\tprogs\tinfo", link_types},
	{"cmd", "id\tname\tsince", cmd_types},
	{"flag", "family\tbit\tname\tsince", flags},
	{"map_type", "id\tname\tsince\tkey\tvalue\tentries\tneed\tbtf\tfields\tflags\tops",
	 map_types},
	{"helper", "id\tname\tsince\tflags\treturns\targs\tprogs\tmaps\tprototype", helpers},
	{"helper_rule", "helper\tsince\tuntil\tprogs\twhere\thow", helper_rules},
	{"kfunc", "name\tsince\tuntil\tset\tflags\tconfig\tprototype", kfuncs},
	{"section", "name\tprog\tattach\tflags\ttarget\ttext", sections},
	{"ctx_view", "view\tstruct\tsince\tarch\tprogs\twhere", ctx_views},
	{"ctx_field", "view\tfield\toffset\tsize\tcount\ttype\tread\twrite\tsince", ctx_fields},
	{"iter", "name\tsince\tconfig", iters},
	{"struct_ops", "name\tsince\tconfig", struct_ops},
};

const char *abi_table_name(size_t i)
{
	return i < COUNT(tables) ? tables[i].name : NULL;
}

static int put_heads(struct out *o, const char *heads)
{
	for (;;) {
		size_t len = strcspn(heads, "\t");

		begin_col(o);
		put(o, heads, len);
		if (!heads[len])
			return end_row(o);
		heads += len + 1;
	}
}

int abi_table(const char *name, abi_table_fn *row, void *ctx)
{
	for (size_t i = 0; i < COUNT(tables); i++) {
		struct out o = {.fn = row, .ctx = ctx};
		int err;

		if (strcmp(tables[i].name, name))
			continue;
		err = put_heads(&o, tables[i].heads);
		return err ? err : tables[i].rows(&o);
	}
	return -ENOENT;
}

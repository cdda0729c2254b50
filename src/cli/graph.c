/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What holds what: processes and pins hold links, programs and maps; links hold programs, programs maps.
 *
 * Everything the engine has is gathered first. With an object named, only what hangs together with it is
 * drawn. DOT is for graphviz; SVG is laid out here: a column for each kind, from who holds to what is held.
 */
#include <stdio.h>

#include "abi/abi.h"
#include "cli/graph.h"
#include "cli/noun.h"

enum { NODES_MAX = 1 << 20, EDGES_MAX = 1 << 22, IDS_MAX = 65536, TEXT_MAX = 256 << 20, NAME_BYTES = 256 };
enum { BOX_WIDTH = 290, BOX_HEIGHT = 24, ROW_HEIGHT = 32, COLUMN_WIDTH = 370, MARGIN = 16 };

enum kind { PROCESS, PIN, LINK, PROG, MAP, _KIND_MAX };

static const struct {
	const char *dot; /* its look in DOT */
	int column;	 /* in SVG */
	const char *fill;
} looks[] = {
	[PROCESS] = {"shape=box,style=rounded", 0, "#eeeeee"},
	[PIN] = {"shape=note", 0, "#fff6d5"},
	[LINK] = {"shape=cds", 1, "#dcecff"},
	[PROG] = {"shape=box,style=bold", 2, "#ddf5dd"},
	[MAP] = {"shape=cylinder", 3, "#f3e0f7"},
};

struct node {
	enum kind kind;
	uint32_t id;
	const char *label; /* arena */
	bool shown;
	int row;
};

struct edge {
	uint32_t from, to; /* nodes */
};

struct graph {
	struct engine *e;
	struct arena arena;
	VEC(struct node) node;
	VEC(struct edge) edge;
	int err;
};

/* ---- gathering ------------------------------------------------------------------------------- */

static int find(const struct graph *g, enum kind kind, uint32_t id)
{
	size_t i;

	for (i = 0; i < g->node.n; i++)
		if (g->node.at[i].kind == kind && g->node.at[i].id == id)
			return (int)i;
	return -1;
}

static uint32_t add(struct graph *g, enum kind kind, uint32_t id, const char *label)
{
	struct node n = {.kind = kind, .id = id, .label = arena_strdup(&g->arena, label)};

	if (!g->err)
		g->err = n.label ? vec_push(&g->node, n) : -ENOMEM;
	return (uint32_t)g->node.n - 1;
}

static void join(struct graph *g, int from, int to)
{
	if (from >= 0 && to >= 0 && !g->err)
		g->err = vec_push(&g->edge, (struct edge){(uint32_t)from, (uint32_t)to});
}

static void add_map(struct graph *g, int fd)
{
	struct engine_map_info m = {0};
	const struct abi_map_type *type;
	char label[NAME_BYTES];

	if (engine_info(g->e, fd, &m, sizeof(m)))
		return;
	type = abi_map_type(m.type);
	snprintf(label, sizeof(label), "map %u: %s %.16s", m.id, type ? type->name : "?", m.name);
	add(g, MAP, m.id, label);
}

static void add_prog(struct graph *g, int fd)
{
	uint32_t *ids = mem_alloc_array(IDS_MAX, sizeof(*ids)), i, node;
	struct engine_prog_info p = {.map_count = IDS_MAX, .map_ids = engine_ptr(ids)};
	const struct abi_prog_type *type;
	char label[NAME_BYTES];

	if (!ids) {
		g->err = -ENOMEM;
	} else if (!engine_info(g->e, fd, &p, sizeof(p))) {
		type = abi_prog_type(p.type);
		snprintf(label, sizeof(label), "prog %u: %s %.16s", p.id, type ? type->name : "?", p.name);
		node = add(g, PROG, p.id, label);
		for (i = 0; i < p.map_count && i < IDS_MAX; i++)
			join(g, (int)node, find(g, MAP, ids[i]));
	}
	mem_free(ids);
}

static void add_link(struct graph *g, int fd)
{
	char name[NAME_BYTES] = "", label[2 * NAME_BYTES];
	struct engine_link_info l = {0};
	const struct abi_link_type *type;
	uint32_t node;

	if (engine_info(g->e, fd, &l, sizeof(l)))
		return;
	if (l.type == ABI_LINK_RAW_TRACEPOINT) { /* names are only given to who asks for them */
		l = (struct engine_link_info){.raw_tracepoint = {.name = engine_ptr(name), .name_len = sizeof(name)}};
		if (engine_info(g->e, fd, &l, sizeof(l)))
			return;
	}
	type = abi_link_type(l.type);
	snprintf(label, sizeof(label), "link %u: %s %s", l.id, type ? type->name : "?", name);
	node = add(g, LINK, l.id, label);
	join(g, (int)node, find(g, PROG, l.prog_id));
	if (l.type == ABI_LINK_STRUCT_OPS)
		join(g, (int)node, find(g, MAP, l.at.target));
}

static void add_all(struct graph *g, enum engine_kind kind, void (*fn)(struct graph *g, int fd))
{
	uint32_t id = 0;
	int fd;

	while (!g->err && !engine_next_id(g->e, kind, id, &id)) {
		fd = engine_open_id(g->e, kind, id);
		if (fd < 0)
			continue;
		fn(g, fd);
		engine_close(g->e, fd);
	}
}

static int node_of(const struct graph *g, enum engine_kind kind, uint32_t id)
{
	return kind == ENGINE_BTF ? -1 : find(g, kind == ENGINE_PROG ? PROG : kind == ENGINE_MAP ? MAP : LINK, id);
}

static void add_holders(struct graph *g)
{
	struct noun_who w;
	char label[NAME_BYTES];
	uint32_t number = 0;
	int node;

	g->err = noun_who_init(&w, g->e, true);
	if (g->err)
		return;
	for vec_each(&w.holders.at, h) {
		if (node_of(g, h->kind, h->id) < 0)
			continue;
		node = find(g, PROCESS, h->pid);
		snprintf(label, sizeof(label), "%s, pid %u", h->comm, h->pid);
		if (node < 0)
			node = (int)add(g, PROCESS, h->pid, label);
		join(g, node, node_of(g, h->kind, h->id));
	}
	for vec_each(&w.pins.at, p)
		join(g, (int)add(g, PIN, number++, p->path), node_of(g, p->kind, p->id));
	noun_who_done(&w);
}

/* ---- what is drawn --------------------------------------------------------------------------- */

static void show_with(struct graph *g, uint32_t start)
{
	bool more = true;

	g->node.at[start].shown = true;
	while (more) {
		more = false;
		for vec_each(&g->edge, e) {
			struct node *a = &g->node.at[e->from], *b = &g->node.at[e->to];

			/* that one process holds much does not make it hang together */
			if (a->shown && !b->shown && a->kind != PROCESS)
				more = b->shown = true;
			if (b->shown && !a->shown)
				more = a->shown = true;
		}
	}
}

static int choose(struct graph *g, struct cli_words *w, enum engine_kind kind)
{
	struct cli_handle h = {0};
	struct engine_prog_info p = {0};
	struct engine_map_info m = {0};
	struct engine_link_info l = {0};
	int err, node;

	if (!cli_word(w) || !strcmp(cli_word(w), "svg") || !strcmp(cli_word(w), "dot")) {
		for vec_each(&g->node, n)
			n->shown = true;
		return 0;
	}
	err = cli_handle(w, kind, &h);
	for (size_t i = 0; i < h.fd.n && !err; i++) {
		err = kind == ENGINE_PROG ? engine_info(g->e, h.fd.at[i], &p, sizeof(p)) :
		      kind == ENGINE_MAP  ? engine_info(g->e, h.fd.at[i], &m, sizeof(m)) :
					    engine_info(g->e, h.fd.at[i], &l, sizeof(l));
		node = node_of(g, kind, p.id | m.id | l.id);
		if (!err && node >= 0)
			show_with(g, (uint32_t)node);
	}
	cli_handle_done(&h);
	return err;
}

/* ---- DOT ------------------------------------------------------------------------------------- */

static void quoted(struct str *s, const char *text)
{
	for (; *text; text++)
		str_addf(s, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
}

static void draw_dot(const struct graph *g, struct str *s)
{
	size_t i;

	str_add(s, "digraph skep {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n");
	for (i = 0; i < g->node.n; i++) {
		const struct node *n = &g->node.at[i];

		if (!n->shown)
			continue;
		str_addf(s, "\tn%zu [%s,label=\"", i, looks[n->kind].dot);
		quoted(s, n->label);
		str_add(s, "\"];\n");
	}
	for vec_each(&g->edge, e)
		if (g->node.at[e->from].shown && g->node.at[e->to].shown)
			str_addf(s, "\tn%u -> n%u;\n", e->from, e->to);
	str_add(s, "}\n");
}

/* ---- SVG ------------------------------------------------------------------------------------- */

static void escaped(struct str *s, const char *text)
{
	for (; *text; text++)
		str_add(s, *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : (char[]){*text, 0});
}

static int left_of(const struct node *n)
{
	return MARGIN + looks[n->kind].column * COLUMN_WIDTH;
}

static int top_of(const struct node *n)
{
	return MARGIN + n->row * ROW_HEIGHT;
}

static void draw_svg(const struct graph *g, struct str *s)
{
	int rows[_KIND_MAX] = {0}, most = 0;

	for vec_each(&g->node, n) {
		if (!n->shown)
			continue;
		n->row = rows[looks[n->kind].column]++;
		most = MAX(most, n->row + 1);
	}
	str_addf(s, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
		    "font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		 3 * COLUMN_WIDTH + BOX_WIDTH + 2 * MARGIN, most * ROW_HEIGHT + 2 * MARGIN);
	for vec_each(&g->edge, e) {
		const struct node *a = &g->node.at[e->from], *b = &g->node.at[e->to];
		int x = left_of(a) + BOX_WIDTH, y = top_of(a) + BOX_HEIGHT / 2, to = left_of(b), end = top_of(b) + BOX_HEIGHT / 2;

		if (a->shown && b->shown)
			str_addf(s, "<path d=\"M%d %d C%d %d %d %d %d %d\" fill=\"none\" stroke=\"#777777\"/>\n", x, y,
				 (x + to) / 2, y, (x + to) / 2, end, to, end);
	}
	for vec_each(&g->node, n) {
		if (!n->shown)
			continue;
		str_addf(s, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\" stroke=\"#555555\"/>\n"
			    "<text x=\"%d\" y=\"%d\">",
			 left_of(n), top_of(n), BOX_WIDTH, BOX_HEIGHT, looks[n->kind].fill, left_of(n) + 8, top_of(n) + 16);
		escaped(s, n->label);
		str_add(s, "</text>\n");
	}
	str_add(s, "</svg>\n");
}

/* ---- the commands ---------------------------------------------------------------------------- */

static int draw(struct graph *g, struct cli_words *w, enum engine_kind kind)
{
	struct str s;
	bool svg;
	int err;

	add_all(g, ENGINE_MAP, add_map);
	add_all(g, ENGINE_PROG, add_prog);
	add_all(g, ENGINE_LINK, add_link);
	if (!g->err)
		add_holders(g);
	err = g->err ? g->err : choose(g, w, kind);
	if (err)
		return err;
	svg = cli_word_is(w, "svg");
	if (!svg)
		cli_word_is(w, "dot");
	err = cli_words_end(w);
	if (err)
		return err;
	str_init(&s, TEXT_MAX);
	if (svg)
		draw_svg(g, &s);
	else
		draw_dot(g, &s);
	err = str_err(&s) ? str_err(&s) : file_write("-", s.s, s.n, &w->c->diag);
	str_done(&s);
	return err;
}

static int run(const struct opt_args *a, enum engine_kind kind)
{
	struct cli_words w = cli_words(a);
	struct graph g = {.node = VEC_INIT(NODES_MAX), .edge = VEC_INIT(EDGES_MAX)};
	int err = cli_engine(w.c, NULL, &g.e);

	arena_init(&g.arena, TEXT_MAX);
	if (!err)
		err = draw(&g, &w, kind);
	vec_done(&g.node);
	vec_done(&g.edge);
	arena_done(&g.arena);
	return err ? noun_failed(w.c, "cannot draw", err) : CLI_OK;
}

static int run_prog(const struct opt_args *a)
{
	return run(a, ENGINE_PROG);
}

static int run_map(const struct opt_args *a)
{
	return run(a, ENGINE_MAP);
}

static int run_link(const struct opt_args *a)
{
	return run(a, ENGINE_LINK);
}

static const struct opt_example examples[] = {
	{"skep prog graph svg > bpf.svg", "all there is, as a picture"},
	{"skep map graph name hits | dot -Tpng > hits.png", "what holds one map"},
	{0},
};

#define GRAPH(kind, which)                                                                                 \
	const struct opt_command graph_##kind##_command = {                                                \
		.name = "graph",                                                                           \
		.args = "[" which "] [dot|svg]",                                                           \
		.summary = "draw what holds what: processes, pins, links, programs, maps",                 \
		.examples = examples,                                                                      \
		.run = run_##kind,                                                                         \
		.min_args = 0,                                                                             \
		.max_args = -1,                                                                            \
	}
GRAPH(prog, "id N | pinned PATH | tag TAG | name NAME");
GRAPH(map, "id N | pinned PATH | name NAME");
GRAPH(link, "id N | pinned PATH");

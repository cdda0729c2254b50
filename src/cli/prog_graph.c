/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow of a loaded program as a graph for dot, in bpftool's shape: a cluster for each function, a
 * record for each basic block, edges for what may follow.
 *
 * A block begins where a function does, where a jump leads, and behind what jumps or ends. Blocks 0 and 1
 * of a function are its entry and exit; the others are numbered from 2 in order.
 */
#include "cli/prog.h"

enum { TEXT_MAX = 1 << 16 };

struct graph {
	const struct prog_code *p;
	const struct insn *at;
	uint32_t n;
	struct bits start, func; /* instructions that begin a block, a function */
	uint32_t *block;	 /* owned: the number of the block that begins there */
	struct str *s;
};

static size_t decode(const struct graph *g, uint32_t pc, struct isa_op *op)
{
	const struct isa_target t = {.internal = true, .foreign = true};

	if (isa_decode(&t, g->at + pc, g->n - pc, op, NULL)) {
		*op = (struct isa_op){.slots = 1};
		return 1;
	}
	return op->slots;
}

/* What it leads to is a function, if it leads anywhere. */
static bool is_call(const struct isa_op *op)
{
	return op->id == ISA_CALL_LOCAL || op->id == ISA_LD_FUNC;
}

static int64_t target(const struct graph *g, uint32_t pc, const struct isa_op *op)
{
	/* the kernel moves the distance of a call to off when it makes functions programs */
	int64_t by = op->id == ISA_CALL_LOCAL && op->off ? op->off : op->jump;
	int64_t to = (int64_t)pc + op->slots + by;

	return to >= 0 && to < g->n ? to : -1;
}

static void find_blocks(struct graph *g)
{
	struct isa_op op;
	uint32_t pc;
	size_t slots;
	int64_t to;

	bits_add(&g->func, 0);
	for (pc = 0; pc < g->n; pc += (uint32_t)slots) {
		slots = decode(g, pc, &op);
		to = isa_has_jump(&op) ? target(g, pc, &op) : -1;
		if (to >= 0)
			bits_add(is_call(&op) ? &g->func : &g->start, (uint32_t)to);
		if ((isa_has_jump(&op) && !is_call(&op)) || !isa_falls_through(&op))
			if (pc + slots < g->n)
				bits_add(&g->start, pc + (uint32_t)slots);
	}
	bits_or(&g->start, &g->func);
}

static void number_blocks(struct graph *g)
{
	uint32_t next = 2;

	for bits_each(&g->start, i) {
		if (bits_has(&g->func, (uint32_t)i))
			next = 2;
		g->block[i] = next++;
	}
}

/* What dot would take for its own in a record is quoted. */
static void put_quoted(const char *text, struct str *s)
{
	for (; *text; text++) {
		if (strchr("<>{}|\"\\", *text))
			str_addc(s, '\\');
		str_addc(s, *text);
	}
}

static void put_block(struct graph *g, uint32_t f, uint32_t from, uint32_t to)
{
	const struct isa_dis how = {.style = ISA_STYLE_KERNEL, .xlated = true};
	struct str text;
	uint32_t pc;

	str_addf(g->s, "\tfn_%u_bb_%u [shape=record,style=filled,label=\"{", f, g->block[from]);
	str_init(&text, TEXT_MAX);
	for (pc = from; pc < to;) {
		str_reset(&text);
		str_addf(g->s, "%s%4u: ", pc == from ? "" : "\\l\\\n | ", pc);
		pc += (uint32_t)isa_dis_one(&how, g->at + pc, g->n - pc, pc, &text);
		put_quoted(text.s, g->s);
	}
	str_done(&text);
	str_add(g->s, "\\l\\\n}\"];\n\n");
}

static void put_edge(struct graph *g, uint32_t f, uint32_t from, uint32_t to, bool back)
{
	str_addf(g->s,
		 back ? "\tfn_%u_bb_%u -> fn_%u_bb_%u [style=\"solid,bold\", color=black, weight=1, constraint=false];\n" :
			"\tfn_%u_bb_%u:s -> fn_%u_bb_%u:n [style=\"solid,bold\", color=black, weight=10, constraint=true];\n",
		 f, from, f, to);
}

/* The edges out of the block that begins at `from` and ends before `to`. */
static void put_edges(struct graph *g, uint32_t f, uint32_t from, uint32_t to)
{
	struct isa_op op = {0};
	uint32_t pc, last = from;
	int64_t next;

	for (pc = from; pc < to; pc += (uint32_t)decode(g, pc, &op))
		last = pc;
	decode(g, last, &op);
	if (isa_falls_through(&op) && to < g->n && !bits_has(&g->func, to))
		put_edge(g, f, g->block[from], g->block[to], false);
	next = isa_has_jump(&op) && !is_call(&op) ? target(g, last, &op) : -1;
	if (next >= 0)
		put_edge(g, f, g->block[from], g->block[next], next <= last);
	if (!isa_falls_through(&op) && next < 0)
		put_edge(g, f, g->block[from], 1, false);
}

static uint32_t next_block(const struct graph *g, uint32_t pc, uint32_t end)
{
	int64_t next = pc + 1 < end ? bits_next(&g->start, pc + 1) : -1;

	return next < 0 || next > end ? end : (uint32_t)next;
}

static void put_function(struct graph *g, uint32_t f, uint32_t from, uint32_t end)
{
	uint32_t pc;

	str_addf(g->s, "subgraph \"cluster_%u\" {\n\tstyle=\"dashed\";\n\tcolor=\"black\";\n\tlabel=\"func_%u ()\";\n", f, f);
	str_addf(g->s, "\tfn_%u_bb_0 [shape=Mdiamond,style=filled,label=\"ENTRY\"];\n\n", f);
	for (pc = from; pc < end; pc = next_block(g, pc, end))
		put_block(g, f, pc, next_block(g, pc, end));
	str_addf(g->s, "\tfn_%u_bb_1 [shape=Mdiamond,style=filled,label=\"EXIT\"];\n\n", f);
	put_edge(g, f, 0, 2, false);
	for (pc = from; pc < end; pc = next_block(g, pc, end))
		put_edges(g, f, pc, next_block(g, pc, end));
	str_addf(g->s, "\tfn_%u_bb_0:s -> fn_%u_bb_1:n [style=\"invis\", constraint=true];\n}\n", f, f);
}

static void put_functions(struct graph *g)
{
	uint32_t f = 0, pc = 0;
	int64_t next;

	str_add(g->s, "digraph \"DOT graph for eBPF program\" {\n");
	while (pc < g->n) {
		next = pc + 1 < g->n ? bits_next(&g->func, pc + 1) : -1;
		put_function(g, f++, pc, next < 0 ? g->n : (uint32_t)next);
		pc = next < 0 ? g->n : (uint32_t)next;
	}
	str_add(g->s, "}\n");
}

int prog_graph(const struct prog_code *p, struct str *s)
{
	struct graph g = {.p = p, .at = (const struct insn *)p->xlated, .s = s};
	int err;

	g.n = p->i.xlated_len / (uint32_t)sizeof(*g.at);
	g.block = mem_alloc_array(g.n + 1, sizeof(*g.block));
	err = g.block ? bits_init(&g.start, g.n + 1) : -ENOMEM;
	if (!err)
		err = bits_init(&g.func, g.n + 1);
	if (!err) {
		find_blocks(&g);
		number_blocks(&g);
		put_functions(&g);
		err = str_err(s);
	}
	bits_done(&g.start);
	bits_done(&g.func);
	mem_free(g.block);
	return err;
}

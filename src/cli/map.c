/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep map: maps of the engine as a whole - which there are, new ones, pins. In bpftool's words. */
#include <stdio.h>

#include "abi/abi.h"
#include "cli/graph.h"
#include "cli/map.h"

/* ---- show ------------------------------------------------------------------------------------ */

static const char show_text[] =
	"{id}: {type}{name|  name %}  flags {flags}{ifindex|  offloaded_to %}\n\tkey {bytes_key}B  value {bytes_value}B"
	"  max_entries {max_entries}{bytes_memlock|  memlock %B}{map_extra|\n\tmap_extra %}"
	"{owner_prog_type|\n\towner_prog_type %}{owner_jited|  owner %}" NOUN_WHO_TEXT
	"{btf_id|\n\tbtf_id %}{frozen|  %}{frozen_alone|\n\t%}";

static void show_owner(struct engine *e, int fd, struct out *o)
{
	const struct abi_prog_type *type;
	uint64_t owner, jited = 0;

	if (kern_fd_number(e, fd, "owner_prog_type", &owner))
		return;
	type = owner <= UINT8_MAX ? abi_prog_type((unsigned)owner) : NULL;
	if (type)
		out_str(o, "owner_prog_type", type->name);
	else
		out_uint(o, "owner_prog_type", owner);
	if (!kern_fd_number(e, fd, "owner_jited", &jited) && out_is_json(o))
		out_bool(o, "owner_jited", jited);
	else
		out_str(o, "owner_jited", jited ? "jited" : "not jited");
}

static void show(void *who, struct engine *e, int fd, struct out *o)
{
	struct engine_map_info m = {0};
	const struct abi_map_type *type;
	uint64_t memlock = 0, frozen = 0;
	char flags[16], number[16];

	if (engine_info(e, fd, &m, sizeof(m)))
		return;
	type = abi_map_type(m.type);
	snprintf(flags, sizeof(flags), "0x%x", m.flags);
	snprintf(number, sizeof(number), "%u", m.type);
	out_object_as(o, NULL, show_text);
	out_uint(o, "id", m.id);
	out_str(o, "type", type ? type->name : number);
	if (*m.name)
		out_strn(o, "name", m.name, strnlen(m.name, sizeof(m.name)));
	out_uint_as(o, "flags", m.flags, flags);
	if (m.ifindex)
		out_uint(o, "ifindex", m.ifindex);
	out_uint(o, "bytes_key", m.key_size);
	out_uint(o, "bytes_value", m.value_size);
	out_uint(o, "max_entries", m.max_entries);
	if (m.extra)
		out_uint(o, "map_extra", m.extra);
	if (!kern_fd_number(e, fd, "memlock", &memlock))
		out_uint(o, "bytes_memlock", memlock);
	show_owner(e, fd, o);
	(void)!kern_fd_number(e, fd, "frozen", &frozen);
	if (out_is_json(o)) /* where people see a word, scripts know a number */
		out_uint(o, "frozen", frozen);
	if (m.btf_id)
		out_uint(o, "btf_id", m.btf_id);
	noun_who_show(who, ENGINE_MAP, m.id, o);
	if (frozen && !out_is_json(o))
		out_str(o, m.btf_id ? "frozen" : "frozen_alone", "frozen");
	out_end(o);
}

static int run_show(const struct opt_args *a)
{
	return noun_run_show(a, ENGINE_MAP, show);
}

/* ---- create ---------------------------------------------------------------------------------- */

static int read_type(struct cli_words *w, uint32_t *ret_type)
{
	const char *names[64], *near, *s = cli_word_take(w, "a map type");
	const struct abi_map_type *type;
	size_t n = 0;
	unsigned id;

	if (!s)
		return -EINVAL;
	for (id = 1; n < ARRAY_LEN(names) && (type = abi_map_type(id)); id++) {
		if (!strcmp(type->name, s)) {
			*ret_type = id;
			return 0;
		}
		names[n++] = type->name;
	}
	diag_error(&w->c->diag, "map.type", DIAG_NONE, "there is no map type '%s'", s);
	near = near_best(s, strlen(s), names, n);
	if (near)
		diag_note(&w->c->diag, DIAG_NONE, "did you mean '%s'?", near);
	return -EINVAL;
}

static int read_inner(struct cli_words *w, struct cli_handle *inner, struct engine_map_options *m)
{
	int err = inner->engine ? diag_error(&w->c->diag, "usage.twice", DIAG_NONE, "inner_map stands there twice") :
				  cli_handle_one(w, ENGINE_MAP, inner);

	if (!err)
		m->inner_fd = inner->fd.at[0];
	return err;
}

static int read_definition(struct cli_words *w, struct cli_handle *inner, struct engine_map_options *m)
{
	const struct { const char *word, *what; uint32_t *to; } numbers[] = {
		{"key", "key size", &m->key_size},
		{"value", "value size", &m->value_size},
		{"entries", "number of entries", &m->max_entries},
		{"flags", "flags", &m->flags},
		{"numa_node", "node", &m->numa_node},
	};
	uint64_t v;
	size_t i;
	int err = 0;

	while (!err && cli_word(w)) {
		if (cli_word_is(w, "type")) {
			err = read_type(w, &m->type);
			continue;
		}
		if (cli_word_is(w, "name")) {
			m->name = cli_word_take(w, "a name");
			err = m->name ? 0 : -EINVAL;
			continue;
		}
		if (cli_word_is(w, "inner_map")) {
			err = read_inner(w, inner, m);
			continue;
		}
		if (cli_word_is(w, "map_extra")) {
			err = cli_word_number(w, "number", UINT64_MAX, &m->extra);
			continue;
		}
		for (i = 0; i < ARRAY_LEN(numbers) && !cli_word_is(w, numbers[i].word); i++)
			;
		if (i == ARRAY_LEN(numbers))
			return cli_words_end(w);
		err = cli_word_number(w, numbers[i].what, UINT32_MAX, &v);
		if (!err)
			*numbers[i].to = (uint32_t)v;
	}
	return err;
}

static int run_create(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct cli_handle inner = {0};
	struct engine_map_options m = {0};
	const char *path = cli_word_take(&w, "a path to pin it at");
	struct engine *e;
	int err = path ? read_definition(&w, &inner, &m) : -EINVAL, fd = -1;

	if (!err && (!m.type || !m.name))
		err = diag_error(&w.c->diag, "usage.create", DIAG_NONE, "a new map needs a type and a name");
	if (!err)
		err = cli_engine(w.c, NULL, &e);
	if (!err) {
		fd = engine_map_create(e, &m);
		err = fd < 0 ? fd : engine_pin(e, fd, path);
		if (err)
			noun_failed(w.c, fd < 0 ? "the map cannot be made" : path, err);
		engine_close(e, fd);
	}
	cli_handle_done(&inner);
	return err ? CLI_FAILED : noun_nothing(w.c);
}

/* ---- pin, freeze ----------------------------------------------------------------------------- */

static int run_pin(const struct opt_args *a)
{
	return noun_run_pin(a, ENGINE_MAP);
}

static int run_freeze(const struct opt_args *a)
{
	return noun_run_one(a, ENGINE_MAP, engine_map_freeze, "it cannot be frozen");
}

/* ---- the commands ---------------------------------------------------------------------------- */

#define MAP_ARG "id N | pinned PATH | name NAME"

NOUN_COMMANDS(MAP_ARG, "list maps, or show one", "keep a map at a path of a bpf file system");

static const struct opt_example create_examples[] = {
	{"skep map create /sys/fs/bpf/hits type hash key 4 value 8 entries 1024 name hits", "a new map, pinned"},
	{0},
};

static const struct opt_command create_command = {
	.name = "create",
	.args = "PATH type TYPE key N value N entries N name NAME [flags N] [inner_map MAP] [map_extra N]",
	.summary = "make a map and pin it",
	.examples = create_examples,
	.run = run_create,
	.min_args = 1,
	.max_args = -1,
};

static const struct opt_command freeze_command = {
	.name = "freeze",
	.args = MAP_ARG,
	.summary = "let nobody in user space change a map any more",
	.run = run_freeze,
	.min_args = 1,
	.max_args = -1,
};

static const struct opt_command *const subs[] = {
	&show_command, &list_command, &create_command, &map_dump_command, &map_lookup_command,
	&map_update_command, &map_delete_command, &map_getnext_command, &map_peek_command, &map_pop_command,
	&map_push_command, &map_enqueue_command, &map_dequeue_command, &pin_command, &freeze_command, &graph_map_command, NULL,
};

const struct opt_command cmd_map = {
	.name = "map",
	.summary = "show, read and change maps",
	.sub = subs,
};

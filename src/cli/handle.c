/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which object is meant: `id 5`, `pinned PATH`, `name NAME`, `tag HEX`.
 *
 * An id or a pin is one object. A name or a tag may be those of many, so the answer is a list of
 * descriptors; who can do with only one of them says so (cli_handle_one).
 */
#include <stdio.h>

#include "cli/cli.h"
#include "engine/engine.h"

static const char *const kind_name[] = {
	[ENGINE_PROG] = "program",
	[ENGINE_MAP] = "map",
	[ENGINE_BTF] = "BTF",
	[ENGINE_LINK] = "link",
};

static int add(struct cli_handle *h, int fd)
{
	int err;

	if (fd < 0)
		return fd;
	err = vec_push(&h->fd, fd);
	if (err)
		engine_close(h->engine, fd);
	return err;
}

static int not_there(struct cli_words *w, enum engine_kind kind, const char *how, const char *what, int err)
{
	diag_error(&w->c->diag, "handle", DIAG_NONE, "there is no %s %s%s%s: %s", kind_name[kind], how,
		   *how ? " " : "", what, strerror(-err));
	return err;
}

static int by_id(struct cli_words *w, enum engine_kind kind, struct cli_handle *h)
{
	uint64_t id;
	char text[24];
	int err = cli_word_number(w, "id", UINT32_MAX, &id);

	if (err)
		return err;
	err = add(h, engine_open_id(h->engine, kind, (uint32_t)id));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	return err ? not_there(w, kind, "with id", text, err) : 0;
}

static int by_pin(struct cli_words *w, enum engine_kind kind, struct cli_handle *h)
{
	const char *path = cli_word_take(w, "the path of a pin");
	int err;

	if (!path)
		return -EINVAL;
	err = add(h, engine_get(h->engine, path, 0));
	return err ? not_there(w, kind, "pinned at", path, err) : 0;
}

/* Whether the object has that name, or that tag. */
static bool fits(struct cli_handle *h, enum engine_kind kind, int fd, const char *name, const uint8_t *tag)
{
	struct engine_prog_info prog = {0};
	struct engine_map_info map = {0};

	if (kind == ENGINE_MAP)
		return !engine_info(h->engine, fd, &map, sizeof(map)) &&
		       !strncmp(map.name, name, ENGINE_NAME - 1);
	if (engine_info(h->engine, fd, &prog, sizeof(prog)))
		return false;
	return tag ? !memcmp(prog.tag, tag, ENGINE_TAG) : !strncmp(prog.name, name, ENGINE_NAME - 1);
}

static int by_walk(struct cli_words *w, enum engine_kind kind, const char *name, const uint8_t *tag,
		   struct cli_handle *h)
{
	uint32_t id = 0;
	int fd, err = 0;

	while (!err && !engine_next_id(h->engine, kind, id, &id)) {
		fd = engine_open_id(h->engine, kind, id);
		if (fd < 0) /* it went away meanwhile */
			continue;
		if (fits(h, kind, fd, name, tag))
			err = add(h, fd);
		else
			engine_close(h->engine, fd);
	}
	if (!err && !h->fd.n)
		return not_there(w, kind, tag ? "with tag" : "named", name, -ENOENT);
	return err;
}

static int by_tag(struct cli_words *w, struct cli_handle *h)
{
	const char *s = cli_word_take(w, "a tag, 16 hex digits");
	uint8_t tag[ENGINE_TAG];
	size_t n = 0;

	if (!s)
		return -EINVAL;
	if (num_parse_hex(s, strlen(s), tag, sizeof(tag), &n) || n != sizeof(tag))
		return diag_error(&w->c->diag, "handle.tag", DIAG_NONE, "'%s' is no tag: 16 hex digits", s);
	return by_walk(w, ENGINE_PROG, s, tag, h);
}

int cli_handle(struct cli_words *w, enum engine_kind kind, struct cli_handle *h)
{
	bool named = kind == ENGINE_PROG || kind == ENGINE_MAP;
	const char *name;
	int err;

	*h = (struct cli_handle){.fd = VEC_INIT(CLI_HANDLES_MAX)};
	err = cli_engine(w->c, NULL, &h->engine);
	if (err)
		return err;
	if (cli_word_is(w, "id"))
		return by_id(w, kind, h);
	if (kind != ENGINE_BTF && cli_word_is(w, "pinned"))
		return by_pin(w, kind, h);
	if (kind == ENGINE_PROG && cli_word_is(w, "tag"))
		return by_tag(w, h);
	if (named && cli_word_is(w, "name")) {
		name = cli_word_take(w, "a name");
		return name ? by_walk(w, kind, name, NULL, h) : -EINVAL;
	}
	name = cli_word_take(w, kind == ENGINE_PROG ? "id N, pinned PATH, tag TAG or name NAME" :
			     named		    ? "id N, pinned PATH or name NAME" :
						      "id N");
	return !name ? -EINVAL :
		       diag_error(&w->c->diag, "handle", DIAG_NONE, "'%s' does not say which %s: id, pinned%s",
				  name, kind_name[kind],
				  kind == ENGINE_PROG ? ", tag or name" : named ? " or name" : "");
}

int cli_handle_one(struct cli_words *w, enum engine_kind kind, struct cli_handle *h)
{
	int err = cli_handle(w, kind, h);

	if (err || h->fd.n == 1)
		return err;
	return diag_error(&w->c->diag, "handle.many", DIAG_NONE,
			  "%zu %ss are called so: name one of them by its id", h->fd.n, kind_name[kind]);
}

void cli_handle_done(struct cli_handle *h)
{
	for vec_each(&h->fd, fd)
		engine_close(h->engine, *fd);
	vec_done(&h->fd);
}

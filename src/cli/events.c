/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events, decoded by their types. See events.h on how a type is found. */
#include <poll.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/events.h"

enum { RINGS_MAX = 256, SIZES_MAX = 256, EVENT_TEXT_MAX = 1 << 20, EVENTS_AT_ONCE = 1 << 16, PERF_PAGES = 64, PERF_PADDING = 7 };

struct ring {
	struct cli_events *events;
	const char *map; /* borrowed from the loaded object */
	int fd;			  /* borrowed */
	struct engine_ring *ring; /* owned; or */
	struct engine_perfbuf *perf;
	uint32_t type; /* what --event said; 0: by size */
};

/*
 * What records of a size were found to be, so that each size is looked up once. Those of perf events are
 * longer by what fills them up to a multiple of 8.
 */
struct by_size {
	uint32_t size, type;
};

struct cli_events {
	struct cli *c;
	const struct btf *btf;
	struct out *out;
	uint64_t shown;
	VEC(struct ring) ring;
	VEC(struct by_size) known;
};

/* ---- types ----------------------------------------------------------------------------------- */

static bool called_event(const char *name)
{
	return strstr(name, "event") || strstr(name, "Event");
}

/* The struct of that size: the only one, or the only one that is called an event. */
static uint32_t find_by_size(const struct btf *b, uint32_t size)
{
	uint32_t any = 0, event = 0, n_any = 0, n_event = 0;

	for btf_each(b, id) {
		const char *name = btf_name(b, id);

		if (!btf_is(btf_type(b, id), BTF_STRUCTS) || !*name || btf_size(b, id) != (int64_t)size)
			continue;
		any = id;
		n_any++;
		if (!called_event(name))
			continue;
		event = id;
		n_event++;
	}
	return n_event == 1 ? event : !n_event && n_any == 1 ? any : 0;
}

static uint32_t type_of(struct ring *r, uint32_t size)
{
	struct cli_events *v = r->events;
	struct by_size found = {.size = size};
	uint32_t less;

	if (r->type || !v->btf)
		return r->type;
	for vec_each(&v->known, k)
		if (k->size == size)
			return k->type;
	for (less = 0; !found.type && less <= (r->perf ? PERF_PADDING : 0) && less < size; less++)
		found.type = find_by_size(v->btf, size - less);
	if (v->known.n < SIZES_MAX && vec_push(&v->known, found))
		return 0;
	return found.type;
}

/* "[MAP=]TYPE" of --event, as far as it is about this map; 0 with a report when there is no such type. */
static int read_type(struct cli_events *v, const char *s, struct ring *r)
{
	const char *type = strchr(s, '='), *near;
	size_t len = type ? (size_t)(type - s) : 0;

	if (type && (strlen(r->map) != len || memcmp(r->map, s, len)))
		return 0;
	type = type ? type + 1 : s;
	r->type = v->btf ? btf_find_c(v->btf, type) : 0;
	if (r->type)
		return 0;
	diag_error(&v->c->diag, "event.type", DIAG_NONE, "there is no type '%s' in the object", type);
	near = v->btf ? btf_near(v->btf, type, BTF_STRUCTS) : NULL;
	if (near)
		diag_note(&v->c->diag, DIAG_NONE, "did you mean '%s'?", near);
	return -EINVAL;
}

/* ---- records --------------------------------------------------------------------------------- */

static void show_value(const struct ring *r, uint32_t type, const void *data, uint32_t size, struct out *o)
{
	if (type && !btf_value_out(r->events->btf, type, data, size, o, "data"))
		return;
	out_bytes(o, "data", data, size);
}

/* For people a record is one line: where it is from, what it is, its value as JSON. */
static void show_line(const struct ring *r, uint32_t type, const void *data, uint32_t size, struct out *o)
{
	struct str s;
	struct out value;

	str_init(&s, EVENT_TEXT_MAX);
	str_addf(&s, "%s: ", r->map);
	if (type)
		str_addf(&s, "%s ", btf_name(r->events->btf, type));
	out_init(&value, OUT_JSON, false, out_sink_str, &s);
	if (!type || btf_value_out(r->events->btf, type, data, size, &value, NULL))
		out_bytes(&value, NULL, data, size);
	if (!out_done(&value) && s.n && s.s[s.n - 1] != '\n')
		str_addc(&s, '\n');
	out_text(o, "%s", s.s);
	str_done(&s);
}

static int show(void *ring, const void *data, uint32_t size)
{
	struct ring *r = ring;
	struct out *o = r->events->out;
	uint32_t type = type_of(r, size);

	r->events->shown++;
	if (!out_is_json(o)) {
		show_line(r, type, data, size, o);
		return 0;
	}
	out_object(o, NULL);
	out_str(o, "map", r->map);
	if (type)
		out_str(o, "type", btf_name(r->events->btf, type));
	show_value(r, type, data, size, o);
	out_end(o);
	return 0;
}

int64_t cli_events_show(struct cli_events *v, struct out *o)
{
	int64_t n, sum = 0;

	v->out = o;
	for vec_each(&v->ring, r) {
		n = r->ring ? engine_ring_read(r->ring, show, r, EVENTS_AT_ONCE) :
			      engine_perfbuf_read(r->perf, show, r, EVENTS_AT_ONCE);
		if (n < 0)
			return n;
		sum += n;
	}
	return sum;
}

uint64_t cli_events_count(const struct cli_events *v)
{
	return v->shown;
}

uint64_t cli_events_lost(const struct cli_events *v)
{
	uint64_t n = 0;

	for vec_each(&v->ring, r)
		n += r->perf ? engine_perfbuf_lost(r->perf) : 0;
	return n;
}

int cli_events_polls(const struct cli_events *v, struct pollfd *to, size_t max)
{
	size_t n = 0, i;

	for vec_each(&v->ring, r) {
		if (r->ring && n < max)
			to[n++] = (struct pollfd){.fd = r->fd, .events = POLLIN};
		for (i = 0; r->perf && i < engine_perfbuf_fds(r->perf) && n < max; i++)
			to[n++] = (struct pollfd){.fd = engine_perfbuf_fd(r->perf, i), .events = POLLIN};
	}
	return (int)n;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int add_ring(struct cli_events *v, const struct engine_loaded *l, const struct engine_loaded_map *m,
		    const struct opt_list *types)
{
	struct ring r = {.events = v, .map = m->name, .fd = m->fd};
	size_t i;
	int err = 0;

	for (i = 0; i < types->n && !err; i++)
		err = read_type(v, types->at[i], &r);
	if (!err)
		err = m->type == ABI_MAP_RINGBUF ?
			      engine_ring_open(l->engine, m->fd, &r.ring) :
			      engine_perfbuf_open(l->engine, m->fd, PERF_PAGES, &r.perf);
	if (!err)
		err = vec_push(&v->ring, r);
	if (err) {
		engine_ring_close(r.ring);
		engine_perfbuf_close(r.perf);
	}
	return err;
}

int cli_events_open(struct cli *c, const struct engine_loaded *l, const struct btf *btf,
		    const struct opt_list *types, struct cli_events **ret_events)
{
	struct cli_events *v = mem_alloc(sizeof(*v));
	int err = v ? 0 : -ENOMEM;

	if (!v)
		return err;
	v->c = c;
	v->btf = btf;
	v->ring.max = RINGS_MAX;
	v->known.max = SIZES_MAX;
	for vec_each(&l->map, m) {
		if (err || m->fd < 0 || (m->type != ABI_MAP_RINGBUF && m->type != ABI_MAP_PERF_EVENT_ARRAY))
			continue;
		err = add_ring(v, l, m, types);
	}
	if (err)
		cli_events_close(v);
	else
		*ret_events = v;
	return err;
}

void cli_events_close(struct cli_events *v)
{
	if (!v)
		return;
	for vec_each(&v->ring, r) {
		engine_ring_close(r->ring);
		engine_perfbuf_close(r->perf);
	}
	vec_done(&v->ring);
	vec_done(&v->known);
	mem_free(v);
}

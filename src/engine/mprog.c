/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The order of programs on a device's tcx hooks: before or after which other, in whose place, and at which
 * revision of the list. The kernel's bpf_mprog_attach() and bpf_mprog_detach(), whose errno these are.
 *
 * The attachments of a place are in e->attachment in their order; places are numbered from 0 here.
 */
#include "engine/impl.h"

enum { REPLACE = 4, BEFORE = 8, AFTER = 16, ID = 32, LINK = 1 << 13 };
enum { MPROG_MAX = 64, NOWHERE = -ERANGE };

struct place {
	struct embedded *e;
	uint64_t to;
	uint32_t attach;
	size_t at[MPROG_MAX]; /* in e->attachment */
	int n;
};

/* What a position is asked for by; references. */
struct who {
	struct prog_object *prog; /* NULL: nothing was named */
	struct link_object *link; /* NULL: of any, where it names a relative */
};

bool attach_is_ordered(uint32_t attach)
{
	return attach == ABI_ATTACH_TCX_INGRESS || attach == ABI_ATTACH_TCX_EGRESS;
}

static void look(struct place *p, struct embedded *e, uint64_t to, uint32_t attach)
{
	size_t i;

	*p = (struct place){.e = e, .to = to, .attach = attach};
	for (i = 0; i < e->attachment.n && p->n < MPROG_MAX; i++)
		if (e->attachment.at[i].to == to && e->attachment.at[i].attach == attach)
			p->at[p->n++] = i;
}

static struct attachment *nth(const struct place *p, int i)
{
	return &p->e->attachment.at[p->at[i]];
}

/* ---- revisions ---- */

static struct revision *find_revision(const struct embedded *e, uint64_t to, uint32_t attach)
{
	for vec_each(&e->revision, r)
		if (r->to == to && r->attach == attach)
			return r;
	return NULL;
}

uint64_t attach_revision(const struct embedded *e, uint64_t to, uint32_t attach)
{
	const struct revision *r = find_revision(e, to, attach);

	return r ? r->n : 1;
}

/* The list of a place has changed, for which there is room; that of an empty one begins again. */
void attach_revised(struct embedded *e, uint64_t to, uint32_t attach)
{
	struct revision *r = find_revision(e, to, attach);
	struct place p;

	look(&p, e, to, attach);
	if (!r) {
		vec_push(&e->revision, ((struct revision){to, attach, 2}));
	} else if (p.n) {
		r->n++;
	} else {
		*r = vec_last(&e->revision);
		e->revision.n--;
	}
}

/* ---- positions ---- */

static int relative_link(struct call *c, const struct mprog_how *how, struct who *w)
{
	struct object *o = NULL;
	int err = 0;

	if (how->flags & ID)
		o = object_by_id(c->e, ENGINE_LINK, how->relative);
	else
		err = object_by_fd(c->e, ENGINE_LINK, (int)how->relative, &o, NULL);
	if (err || !o)
		return err ? err : -ENOENT;
	if (!to_link(o)->prog) {
		object_put(o);
		return -EINVAL;
	}
	w->link = to_link(o);
	w->prog = w->link->prog;
	object_get(&w->prog->o);
	return 0;
}

static int relative_prog(struct call *c, const struct mprog_how *how, struct who *w)
{
	struct object *o = NULL;
	int err = 0;

	if (how->flags & ID)
		o = object_by_id(c->e, ENGINE_PROG, how->relative);
	else if (how->relative)
		err = object_by_fd(c->e, ENGINE_PROG, (int)how->relative, &o, NULL);
	else
		return 0;
	if (err || !o)
		return err ? err : -ENOENT;
	w->prog = to_prog(o);
	return 0;
}

static void who_done(struct who *w)
{
	object_put(w->prog ? &w->prog->o : NULL);
	object_put(w->link ? &w->link->o : NULL);
}

/* type: what the relative must be; UNSPEC: anything */
static int relative(struct call *c, const struct mprog_how *how, uint32_t type, struct who *ret_w)
{
	int err;

	*ret_w = (struct who){0};
	err = how->flags & LINK ? relative_link(c, how, ret_w) : relative_prog(c, how, ret_w);
	if (!err && type != ABI_PROG_UNSPEC && ret_w->prog && ret_w->prog->type != type) {
		who_done(ret_w);
		err = -EINVAL;
	}
	return err;
}

static int find_exact(const struct place *p, const struct prog_object *prog, const struct link_object *link)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (nth(p, i)->prog == prog)
			return nth(p, i)->link == link ? i : -EBUSY;
	return -ENOENT;
}

static int find_relative(const struct place *p, const struct who *w)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (nth(p, i)->prog == w->prog && (!w->link || nth(p, i)->link == w->link))
			return i;
	return -ENOENT;
}

/*
 * Where it is to be: one less than the place of what it goes before, one more than that of what it goes
 * after. at: where it is by itself, or NOWHERE; what was asked for besides must be the same.
 */
static int find_place(const struct place *p, const struct who *w, uint32_t flags, int at, int *ret_at)
{
	int found = w->prog ? find_relative(p, w) : 0, want;

	if (flags & BEFORE) {
		want = found < 0 ? found : w->prog ? found - 1 : -1;
		if (want < -1 || (at >= -1 && want != at))
			return want < -1 ? want : -ERANGE;
		at = want;
	}
	if (flags & AFTER) {
		want = found < 0 ? found : w->prog ? found + 1 : p->n;
		if (want < -1 || (at >= -1 && want != at))
			return want < -1 ? want : -ERANGE;
		at = want;
	}
	if (at < -1) {
		if (w->prog || flags)
			return -EINVAL;
		at = p->n;
	}
	*ret_at = at;
	return at >= MPROG_MAX ? -ERANGE : 0;
}

/* ---- attaching ---- */

static int insert(const struct place *p, const struct attachment *new, int at)
{
	struct embedded *e = p->e;
	size_t where = at < p->n ? p->at[at] : e->attachment.n;
	int err = vec_push(&e->attachment, *new);

	if (err)
		return err;
	memmove(e->attachment.at + where + 1, e->attachment.at + where,
		(e->attachment.n - 1 - where) * sizeof(*new));
	e->attachment.at[where] = *new;
	return 0;
}

/* The new one takes no reference; what it replaces gives up its own. */
static int put_at(const struct place *p, const struct attachment *new, uint32_t flags, int at)
{
	struct prog_object *was;

	if (!(flags & REPLACE))
		return insert(p, new, flags & BEFORE ? at + 1 : at);
	was = nth(p, at)->prog;
	*nth(p, at) = *new;
	if (!new->link)
		object_put(&was->o);
	return 0;
}

int mprog_attach(struct call *c, const struct attachment *new, const struct prog_object *old,
		 const struct mprog_how *how)
{
	struct mprog_how rel = *how;
	int at = NOWHERE, err;
	struct place p;
	struct who w;

	look(&p, c->e, new->to, new->attach);
	if (how->revision && how->revision != attach_revision(c->e, new->to, new->attach))
		return -ESTALE;
	if (find_exact(&p, new->prog, NULL) != -ENOENT)
		return -EEXIST;
	rel.flags &= ~(uint32_t)REPLACE;
	err = relative(c, &rel, new->prog->type, &w);
	if (err)
		return err;
	if (how->flags & REPLACE)
		err = at = find_exact(&p, old, new->link);
	else if (p.n == MPROG_MAX)
		err = -ERANGE;
	if (err >= 0)
		err = find_place(&p, &w, how->flags, at, &at);
	if (!err)
		err = vec_reserve(&c->e->revision, c->e->revision.n + 1);
	if (!err)
		err = put_at(&p, new, how->flags, at);
	if (!err)
		attach_revised(c->e, new->to, new->attach);
	who_done(&w);
	return err;
}

bool mprog_has(struct embedded *e, uint64_t to, uint32_t attach, const struct prog_object *prog)
{
	struct place p;

	look(&p, e, to, attach);
	return find_exact(&p, prog, NULL) != -ENOENT;
}

/* Which one is to go: its place in e->attachment. prog NULL: the first or last, or by a relative. */
int mprog_find(struct call *c, uint64_t to, uint32_t attach, const struct prog_object *prog,
	       const struct mprog_how *how, size_t *ret_at)
{
	int at = NOWHERE, err;
	struct place p;
	struct who w;

	look(&p, c->e, to, attach);
	if (!p.n)
		return -ENOENT;
	if (how->flags & REPLACE)
		return -EINVAL;
	if (how->revision && how->revision != attach_revision(c->e, to, attach))
		return -ESTALE;
	err = relative(c, how, prog ? prog->type : ABI_PROG_UNSPEC, &w);
	if (err)
		return err;
	if (prog)
		err = at = find_exact(&p, prog, NULL);
	if (err >= 0)
		err = find_place(&p, &w, how->flags, at, &at);
	who_done(&w);
	if (err)
		return err;
	at = MIN(MAX(at, 0), p.n - 1);
	if (nth(&p, at)->link)
		return -EBUSY;
	*ret_at = p.at[at];
	return 0;
}

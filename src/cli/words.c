/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Operands as words: `id 5 format c`. The nouns of bpftool are spelled this way, and as there a word
 * may be cut to any prefix of it; where several words may stand, the first that fits is meant.
 */
#include "cli/cli.h"

struct cli_words cli_words(const struct opt_args *a)
{
	return (struct cli_words){.c = cli_of(a), .at = a->at, .n = a->n, .path = a->path};
}

const char *cli_word(const struct cli_words *w)
{
	return w->i < w->n ? w->at[w->i] : NULL;
}

bool cli_word_is(struct cli_words *w, const char *word)
{
	const char *s = cli_word(w);

	if (!s || !*s || !str_has_prefix(word, s))
		return false;
	w->i++;
	return true;
}

const char *cli_word_take(struct cli_words *w, const char *what)
{
	if (w->i < w->n)
		return w->at[w->i++];
	diag_error(&w->c->diag, "usage.operand", DIAG_NONE, "'%s%s%s' lacks %s", w->path, w->n ? " ... " : "",
		   w->n ? w->at[w->n - 1] : "", what);
	return NULL;
}

int cli_word_number(struct cli_words *w, const char *what, uint64_t max, uint64_t *ret_v)
{
	const char *s = cli_word_take(w, what);
	uint64_t v;

	if (!s)
		return -EINVAL;
	if (num_parse_u64(s, strlen(s), &v) || v > max)
		return diag_error(&w->c->diag, "usage.number", DIAG_NONE, "'%s' is no %s", s, what);
	*ret_v = v;
	return 0;
}

int cli_words_end(const struct cli_words *w)
{
	if (w->i == w->n)
		return 0;
	diag_error(&w->c->diag, "usage.operand", DIAG_NONE, "'%s' does not take '%s'%s", w->path, w->at[w->i],
		   w->i ? " here" : "");
	diag_note(&w->c->diag, DIAG_NONE, "see '%s --help'", w->path);
	return -EINVAL;
}

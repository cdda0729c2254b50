/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The nearest name: edit distance with transpositions (optimal string alignment). */
#include "base/impl.h"

enum { WORD_MAX = 48 }; /* longer words are not typos of ours */

unsigned near_distance(const char *a, size_t na, const char *b, size_t nb)
{
	uint8_t row[3][WORD_MAX + 1];
	size_t i, j;

	if (na > WORD_MAX || nb > WORD_MAX)
		return UINT32_MAX;
	for (j = 0; j <= nb; j++)
		row[0][j] = (uint8_t)j;
	for (i = 1; i <= na; i++) {
		uint8_t *at = row[i % 3], *above = row[(i + 2) % 3], *above2 = row[(i + 1) % 3];

		at[0] = (uint8_t)i;
		for (j = 1; j <= nb; j++) {
			uint8_t cost = a[i - 1] != b[j - 1];
			uint8_t best = (uint8_t)(above[j - 1] + cost);

			best = MIN(best, (uint8_t)(above[j] + 1));
			best = MIN(best, (uint8_t)(at[j - 1] + 1));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = MIN(best, (uint8_t)(above2[j - 2] + 1));
			at[j] = best;
		}
	}
	return row[na % 3][nb];
}

const char *near_best(const char *word, size_t len, const char *const *names, size_t n)
{
	/*
	 * A third of the word may be wrong; a one-letter word may be anything, so it has no
	 * neighbour.
	 */
	unsigned limit = len < 2 ? 0 : (unsigned)MIN((len + 2) / 3, (size_t)4), distance;
	const char *best = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		distance = near_distance(word, len, names[i], strlen(names[i]));
		if (distance && distance <= limit && distance < len) {
			limit = distance - 1;
			best = names[i];
		}
	}
	return best;
}

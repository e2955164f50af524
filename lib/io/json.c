/* SPDX-License-Identifier: Apache-2.0 */
/* A text is read twice: once to check it and to count what it holds, then, with all memory at hand,
 * to build the tree. So a shortage of memory is known before anything is built. */
#include "io/json.h"

#include <stdio.h>
#include <string.h>

enum { DEEPEST = 1024 };

struct lns_json {
    lns_json_kind kind;
    uint32_t owner;  /* number of the container, 0: none; the root is number 1 */
    const char *key; /* of a member, else NULL */
    size_t size;     /* elements or members */
    const lns_json **items;
    int64_t integer; /* or a boolean */
    double number;
    const char *string;
};

/* All that a text needs; the root is the first node. */
typedef struct tree {
    linas_context *context;
    lns_json *nodes;
    size_t node_count;
    const lns_json **items;
    size_t item_count;
    char *bytes; /* of the strings */
    size_t byte_count;
    lns_json **table; /* members by container and key: a power of two, at most half full */
    size_t table_size;
    size_t member_count;
} tree;

/* The root's block begins with this, so that it can be freed. */
typedef struct block {
    linas_context *context;
    lns_json root;
} block;

typedef struct reader {
    const char *text;
    const char *next;
    const char *end;
    const char *why; /* first error */
    tree *built;     /* nodes and bytes are counted only while `building` is false */
    bool building;
    size_t containers[DEEPEST]; /* nodes that are open */
    size_t depth;
} reader;

static bool fail(reader *r, const char *why) {
    if (!r->why)
        r->why = why;
    return false;
}

/* -- strings ----------------------------------------------------------------------------------- */

static void put(reader *r, char byte) {
    if (r->building)
        r->built->bytes[r->built->byte_count] = byte;
    r->built->byte_count++;
}

static bool take(reader *r, char wanted) {
    if (r->next == r->end || *r->next != wanted)
        return false;
    r->next++;
    return true;
}

static void put_code(reader *r, uint32_t code) {
    if (code < 0x80) {
        put(r, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned first[] = {0, 0xc0, 0xe0, 0xf0};
    put(r, (char)(unsigned char)(first[more] | code >> (6 * more)));
    while (more-- > 0)
        put(r, (char)(unsigned char)(0x80u | (code >> (6 * more) & 0x3fu)));
}

static bool take_hex(reader *r, uint32_t *code) {
    static const char digits[] = "0123456789abcdefABCDEF";
    *code = 0;
    for (int i = 0; i < 4; i++) {
        const char *found = r->next < r->end && *r->next ? strchr(digits, *r->next) : NULL;
        if (!found)
            return fail(r, "four hexadecimal digits are expected after \\u");
        uint32_t value = (uint32_t)(found - digits);
        *code = *code * 16 + (value > 15 ? value - 6 : value);
        r->next++;
    }
    return true;
}

static bool take_unicode(reader *r) {
    uint32_t code, low;
    if (!take_hex(r, &code))
        return false;
    if (code == 0)
        return fail(r, "\\u0000 is not allowed");
    if (code >= 0xd800 && code < 0xdc00) {
        if (!take(r, '\\') || !take(r, 'u') || !take_hex(r, &low) || low < 0xdc00 || low > 0xdfff)
            return fail(r, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return fail(r, "half of a surrogate pair");
    }
    put_code(r, code);
    return true;
}

static bool take_escape(reader *r) {
    static const char kinds[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (take(r, 'u'))
        return take_unicode(r);
    const char *kind = r->next < r->end && *r->next ? strchr(kinds, *r->next) : NULL;
    if (!kind)
        return fail(r, "no such escape");
    r->next++;
    put(r, meant[kind - kinds]);
    return true;
}

static bool take_character(reader *r) {
    unsigned char bytes[5] = {0};
    size_t left = (size_t)(r->end - r->next);
    memcpy(bytes, r->next, left < 4 ? left : 4);
    if (bytes[0] < ' ')
        return fail(r, "a control character in a string");
    size_t length = lns_utf8_length(bytes);
    if (length == 0)
        return fail(r, "not UTF-8");
    for (size_t i = 0; i < length; i++)
        put(r, *r->next++);
    return true;
}

/* `*start` is where its bytes begin. */
static bool take_string(reader *r, size_t *start) {
    *start = r->built->byte_count;
    if (!take(r, '"'))
        return fail(r, "a string is expected");
    while (r->next < r->end) {
        if (take(r, '"')) {
            put(r, '\0');
            return true;
        }
        if (!(take(r, '\\') ? take_escape(r) : take_character(r)))
            return false;
    }
    return fail(r, "a string that does not end");
}

/* -- numbers ----------------------------------------------------------------------------------- */

static bool is_digit(const reader *r) {
    return r->next < r->end && *r->next >= '0' && *r->next <= '9';
}

static bool take_digits(reader *r) {
    if (!is_digit(r))
        return fail(r, "a digit is expected");
    while (is_digit(r))
        r->next++;
    return true;
}

static bool to_integer(const char *text, const char *end, int64_t *value) {
    bool negative = *text == '-';
    uint64_t sum = 0, most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    for (text += negative; text < end; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

static bool take_number(reader *r, lns_json *value) {
    const char *start = r->next;
    take(r, '-');
    if (!take(r, '0') && !take_digits(r))
        return fail(r, "a value is expected");
    value->kind = LNS_JSON_INT;
    if (take(r, '.')) {
        value->kind = LNS_JSON_REAL;
        if (!take_digits(r))
            return false;
    }
    if (take(r, 'e') || take(r, 'E')) {
        value->kind = LNS_JSON_REAL;
        if (!take(r, '+'))
            take(r, '-');
        if (!take_digits(r))
            return false;
    }
    if (value->kind == LNS_JSON_INT) {
        if (!to_integer(start, r->next, &value->integer))
            return fail(r, "an integer beyond 64 bits");
        value->number = *start == '-' && value->integer == 0 ? -0.0 : (double)value->integer;
        return true;
    }
    if (!lns_parse_double(start, (size_t)(r->next - start), &value->number) ||
        value->number - value->number != 0.0)
        return fail(r, "a number beyond a double's range");
    return true;
}

/* -- values ------------------------------------------------------------------------------------ */

static void skip_blanks(reader *r) {
    while (r->next < r->end &&
           (*r->next == ' ' || *r->next == '\n' || *r->next == '\r' || *r->next == '\t'))
        r->next++;
}

static bool take_word(reader *r, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(r->end - r->next) < length || memcmp(r->next, word, length) != 0)
        return false;
    r->next += length;
    return true;
}

static bool take_scalar(reader *r, lns_json *value) {
    size_t start;
    value->kind = LNS_JSON_NULL;
    if (r->next < r->end && *r->next == '"') {
        value->kind = LNS_JSON_STRING;
        if (!take_string(r, &start))
            return false;
        value->string = r->building ? r->built->bytes + start : NULL;
        return true;
    }
    value->integer = take_word(r, "true");
    if (value->integer || take_word(r, "false"))
        value->kind = LNS_JSON_BOOL;
    else if (!take_word(r, "null"))
        return take_number(r, value);
    return true;
}

static size_t place_of(const tree *t, uint32_t owner, const char *key) {
    uint64_t hash = lns_hash_bytes(owner, key, strlen(key));
    size_t at = (size_t)hash & (t->table_size - 1);
    while (t->table[at] && (t->table[at]->owner != owner || strcmp(t->table[at]->key, key) != 0))
        at = (at + 1) & (t->table_size - 1);
    return at;
}

/* A new value's key, and its place among the members. */
static bool take_key(reader *r, size_t number, const char **key) {
    tree *t = r->built;
    size_t start;
    const char *begin = r->next;
    t->member_count++;
    if (!take_string(r, &start))
        return false;
    if (r->building) {
        uint32_t owner = (uint32_t)r->containers[r->depth - 1] + 1;
        *key = t->bytes + start;
        size_t at = place_of(t, owner, *key);
        if (t->table[at]) {
            r->next = begin;
            return fail(r, "a key that is there already");
        }
        t->nodes[number].key = *key;
        t->nodes[number].owner = owner;
        t->table[at] = &t->nodes[number];
    }
    skip_blanks(r);
    if (!take(r, ':'))
        return fail(r, "':' is expected");
    return true;
}

static bool in_object(const reader *r, const bool *objects) {
    return r->depth > 0 && objects[r->depth - 1];
}

/* One value up to its first element, if it is a container that has one: then `*opened`. */
static bool take_value(reader *r, bool *objects, bool *opened) {
    tree *t = r->built;
    size_t number = t->node_count++;
    lns_json value = {0};
    *opened = false;
    if (r->depth > 0)
        t->item_count++;
    if (in_object(r, objects) && !take_key(r, number, &value.key))
        return false;
    skip_blanks(r);
    value.owner = r->depth > 0 ? (uint32_t)r->containers[r->depth - 1] + 1 : 0;
    bool object = take(r, '{'), array = !object && take(r, '[');
    if (object || array) {
        value.kind = object ? LNS_JSON_OBJECT : LNS_JSON_ARRAY;
        skip_blanks(r);
        *opened = !take(r, object ? '}' : ']');
    } else if (!take_scalar(r, &value)) {
        return false;
    }
    if (r->building)
        t->nodes[number] = value;
    if (*opened && r->depth == DEEPEST)
        return fail(r, "nested too deeply");
    if (*opened) {
        objects[r->depth] = object;
        r->containers[r->depth++] = number;
    }
    return true;
}

/* What stands behind a value: ends of containers, or a comma. */
static bool take_ends(reader *r, const bool *objects) {
    while (r->depth > 0) {
        bool object = objects[r->depth - 1];
        skip_blanks(r);
        if (take(r, ',')) {
            skip_blanks(r);
            return true;
        }
        if (!take(r, object ? '}' : ']'))
            return fail(r, object ? "',' or '}' is expected" : "',' or ']' is expected");
        r->depth--;
    }
    return true;
}

static bool take_text(reader *r) {
    bool objects[DEEPEST], opened;
    skip_blanks(r);
    do {
        if (!take_value(r, objects, &opened) || (!opened && !take_ends(r, objects)))
            return false;
    } while (r->depth > 0);
    skip_blanks(r);
    if (r->next != r->end)
        return fail(r, "nothing more is expected");
    return true;
}

/* -- the tree ---------------------------------------------------------------------------------- */

static bool make_room(tree *t) {
    size_t members = t->member_count;
    t->table_size = 2;
    while (t->table_size < 2 * members)
        t->table_size *= 2;
    size_t sizes[] = {sizeof(block) + t->node_count * sizeof *t->nodes,
                      t->item_count * sizeof *t->items, t->table_size * sizeof *t->table,
                      t->byte_count};
    /* A node takes a byte of text at least: these sums cannot overflow before memory is short. */
    unsigned char *memory =
        lns_alloc_zero(t->context, 1, sizes[0] + sizes[1] + sizes[2] + sizes[3]);
    if (!memory)
        return false;
    block *head = (block *)(void *)memory;
    head->context = t->context;
    t->nodes = &head->root;
    t->items = (const lns_json **)(void *)(memory + sizes[0]);
    t->table = (lns_json **)(void *)(memory + sizes[0] + sizes[1]);
    t->bytes = (char *)memory + sizes[0] + sizes[1] + sizes[2];
    return true;
}

/* Every container gets a row of pointers to what it holds, in the order of the text. */
static void link_items(tree *t) {
    size_t used = 0;
    for (size_t i = 1; i < t->node_count; i++)
        t->nodes[t->nodes[i].owner - 1].size++;
    for (size_t i = 0; i < t->node_count; i++) {
        t->nodes[i].items = t->items + used;
        used += t->nodes[i].size;
        t->nodes[i].size = 0;
    }
    for (size_t i = 1; i < t->node_count; i++) {
        lns_json *owner = &t->nodes[t->nodes[i].owner - 1];
        owner->items[owner->size++] = &t->nodes[i];
    }
}

static linas_status say_where(linas_context *context, const reader *r) {
    size_t line = 1, column = 1;
    for (const char *c = r->text; c < r->next; c++) {
        line += *c == '\n';
        column = *c == '\n' ? 1 : column + 1;
    }
    return lns_fail(context, LINAS_ERROR_PARSE, "line %zu, column %zu: %s", line, column, r->why);
}

linas_status lns_json_parse(linas_context *context, const char *text, size_t length,
                            lns_json **root) {
    tree t = {.context = context};
    if (length >= UINT32_MAX)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE, "a text of more than 4 GiB");
    reader r = {.text = text, .next = text, .end = text + length, .built = &t};
    if (!take_text(&r))
        return say_where(context, &r);
    if (!make_room(&t))
        return lns_no_memory(context);
    r.next = text;
    r.building = true;
    t.node_count = t.item_count = t.byte_count = t.member_count = 0;
    if (!take_text(&r)) {
        lns_free(context, (unsigned char *)t.nodes - offsetof(block, root));
        return say_where(context, &r);
    }
    link_items(&t);
    *root = t.nodes;
    return LINAS_OK;
}

void lns_json_free(lns_json *root) {
    if (!root)
        return;
    block *head = (block *)(void *)((unsigned char *)root - offsetof(block, root));
    lns_free(head->context, head);
}

/* -- reading ----------------------------------------------------------------------------------- */

lns_json_kind lns_json_kind_of(const lns_json *value) {
    return value->kind;
}

const char *lns_json_kind_text(const lns_json *value) {
    static const char *const texts[] = {"null",     "a boolean", "an integer", "a real number",
                                        "a string", "an array",  "an object"};
    return texts[value->kind];
}

bool lns_json_is_number(const lns_json *value) {
    return value && (value->kind == LNS_JSON_INT || value->kind == LNS_JSON_REAL);
}

const lns_json *lns_json_get(const lns_json *object, const char *key) {
    for (size_t i = 0; object && object->kind == LNS_JSON_OBJECT && i < object->size; i++)
        if (strcmp(object->items[i]->key, key) == 0)
            return object->items[i];
    return NULL;
}

size_t lns_json_size(const lns_json *value) {
    return value->size;
}

const lns_json *lns_json_at(const lns_json *array, size_t index) {
    return array->kind == LNS_JSON_ARRAY && index < array->size ? array->items[index] : NULL;
}

void *lns_json_next(const lns_json *object, void *iterator, const char **key,
                    const lns_json **value) {
    /* The iterator is the place of the member in the row, which only this function reads. */
    size_t index = iterator ? (size_t)((const lns_json **)iterator - object->items) + 1 : 0;
    if (object->kind != LNS_JSON_OBJECT || index >= object->size)
        return NULL;
    *value = object->items[index];
    *key = (*value)->key;
    return (void *)(object->items + index);
}

bool lns_json_bool(const lns_json *value) {
    return value->kind == LNS_JSON_BOOL && value->integer;
}

int64_t lns_json_int(const lns_json *value) {
    return value->kind == LNS_JSON_INT ? value->integer : 0;
}

double lns_json_number(const lns_json *value) {
    return value->number;
}

const char *lns_json_string(const lns_json *value) {
    return value->kind == LNS_JSON_STRING ? value->string : NULL;
}

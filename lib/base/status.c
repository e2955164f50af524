/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

typedef struct status_entry {
    linas_status status;
    const char *name;
    const char *text;
} status_entry;

static const status_entry entries[] = {
    {LINAS_OK, "LINAS_OK", "success"},
    {LINAS_ERROR_INVALID_ARGUMENT, "LINAS_ERROR_INVALID_ARGUMENT",
     "an argument is missing, contradictory or without meaning"},
    {LINAS_ERROR_OUT_OF_RANGE, "LINAS_ERROR_OUT_OF_RANGE",
     "an index or a number is outside its bounds"},
    {LINAS_ERROR_UNKNOWN_NAME, "LINAS_ERROR_UNKNOWN_NAME", "nothing has this name"},
    {LINAS_ERROR_DUPLICATE, "LINAS_ERROR_DUPLICATE", "a name or value exists already"},
    {LINAS_ERROR_NOT_FINITE, "LINAS_ERROR_NOT_FINITE", "a number is NaN or infinite"},
    {LINAS_ERROR_BUFFER_TOO_SMALL, "LINAS_ERROR_BUFFER_TOO_SMALL",
     "the buffer is smaller than what is to be written"},
    {LINAS_ERROR_STRUCT_SIZE, "LINAS_ERROR_STRUCT_SIZE",
     "a struct's size is unset, or it has fields that this version does not know"},
    {LINAS_ERROR_CYCLE, "LINAS_ERROR_CYCLE", "activity conditions depend on one another"},
    {LINAS_ERROR_WRONG_ORDER, "LINAS_ERROR_WRONG_ORDER",
     "the object is not in a state for this call"},
    {LINAS_ERROR_REENTRANT, "LINAS_ERROR_REENTRANT",
     "the call was made from inside one of the object's callbacks"},
    {LINAS_ERROR_EXHAUSTED, "LINAS_ERROR_EXHAUSTED", "no further sub-network is left"},
    {LINAS_ERROR_UNKNOWN_ID, "LINAS_ERROR_UNKNOWN_ID", "no outstanding candidate has this id"},
    {LINAS_ERROR_NOT_FITTED, "LINAS_ERROR_NOT_FITTED", "the predictor has not been fitted"},
    {LINAS_ERROR_NOTHING_MEASURED, "LINAS_ERROR_NOTHING_MEASURED", "no evaluation succeeded"},
    {LINAS_ERROR_NO_MEMORY, "LINAS_ERROR_NO_MEMORY", "memory is short"},
    {LINAS_ERROR_TOO_LARGE, "LINAS_ERROR_TOO_LARGE", "a count is beyond the limit"},
    {LINAS_ERROR_IO, "LINAS_ERROR_IO", "reading or writing a file failed"},
    {LINAS_ERROR_PARSE, "LINAS_ERROR_PARSE", "the text is malformed"},
    {LINAS_ERROR_CORRUPT, "LINAS_ERROR_CORRUPT", "the data is damaged"},
    {LINAS_ERROR_VERSION, "LINAS_ERROR_VERSION", "the data was written by a newer version"},
    {LINAS_ERROR_MISMATCH, "LINAS_ERROR_MISMATCH",
     "the data belongs to another space, other objectives or other options"},
    {LINAS_ERROR_LOCKED, "LINAS_ERROR_LOCKED", "another process has the journal open for writing"},
    {LINAS_ERROR_NUMERIC, "LINAS_ERROR_NUMERIC", "a numerical method failed on this data"},
    {LINAS_ERROR_UNSUPPORTED, "LINAS_ERROR_UNSUPPORTED", "this build cannot do that"},
    {LINAS_ERROR_INTERNAL, "LINAS_ERROR_INTERNAL", "a defect of the library"},
};

static const status_entry *find(linas_status status) {
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (entries[i].status == status)
            return &entries[i];
    return NULL;
}

const char *linas_status_name(linas_status status) {
    const status_entry *entry = find(status);
    if (entry)
        return entry->name;
    return status > 0 ? "LINAS_USER_CODE" : "LINAS_ERROR_UNKNOWN";
}

const char *linas_status_text(linas_status status) {
    const status_entry *entry = find(status);
    if (entry)
        return entry->text;
    return status > 0 ? "a stop code of the host's own callback"
                      : "an error that this version of the library does not know";
}

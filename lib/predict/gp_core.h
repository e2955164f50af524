/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_GP_CORE_H
#define LNS_PREDICT_GP_CORE_H
/* What Gaussian processes over the same rows share whatever their targets: the hyper-parameters,
 * the factor of the kernel matrix and the tables to predict from. Models count references. */
#include "predict/gp.h"
#include "predict/model.h"

/* Configurations that are predicted at a time, those of them whose lines stand beside each other,
 * and rows in a block of a table: a block of all lines stays in the first cache meanwhile. */
enum { LNS_GP_LANES = 32, LNS_GP_GROUP = 4, LNS_GP_BLOCK = 16 };

/* One or two features beside each other that are looked up together: their pairs of codes are few,
 * and half as many lines are added. */
typedef struct lns_gp_lookup {
    size_t feature;
    size_t second_codes; /* of the feature after it, or 1 when it stands alone */
    size_t first_line;
    size_t lines;
} lns_gp_lookup;

typedef struct lns_gp_core {
    linas_context *context;
    size_t references;
    lns_gp_features features;
    double *parameters;
    size_t rows;
    size_t padded;    /* rows, rounded up to whole blocks */
    uint16_t *states; /* rows x variables, for saving */
    uint16_t *codes;  /* rows x features */
    double *factor;   /* see num/factor.h */
    double total;     /* sum of all w */
    double interaction;
    double *weight; /* w per feature */
    double *length; /* l per feature */
    lns_gp_lookup *lookups;
    size_t lookup_count;
    size_t lines;   /* of all lookups */
    void *tables;   /* memory of the two that follow */
    float *lengths; /* -sum of l d: blocks of rows x lines x rows of a block */
    float *weights; /* -sum of w d likewise, once a deviation was asked for */
    bool has_weights;
    /* workspace of one group of configurations */
    uint16_t *own;      /* codes */
    uint32_t *line;     /* by groups: lookups x LNS_GP_GROUP places in a block of a table */
    float *kernel;      /* interaction part: blocks of rows x LNS_GP_LANES x rows of a block */
    float *additive;    /* additive part of LNS_FACTOR_LANES of them, likewise */
    double *right_hand; /* see lns_factor_forward_lanes() */
} lns_gp_core;

typedef struct lns_gp_data {
    const lns_encoding *encoding;
    const uint16_t *states; /* rows x variables */
    size_t rows;
} lns_gp_data;
/* The rows and their codes; everything else comes with the other functions. */
linas_status lns_gp_core_create(const lns_gp_data *data, bool products, lns_gp_core **core);
lns_gp_core *lns_gp_core_keep(lns_gp_core *core);
void lns_gp_core_drop(lns_gp_core *core);

/* A core with features and hyper-parameters: those that training->memory has if they were learned
 * from the same, or newly learned ones, which it then has. */
linas_status lns_gp_core_learn(const lns_training *training, lns_gp_core **core);
/* Factor and tables, by the parameters. */
linas_status lns_gp_core_condition(lns_gp_core *core);

/* Codes of one line of a lookup, for the second feature only where there is one. */
uint16_t lns_gp_first_code(const lns_gp_lookup *lookup, size_t line);
uint16_t lns_gp_second_code(const lns_gp_lookup *lookup, size_t line);

/* Lines and interaction part of up to LNS_GP_LANES configurations. */
void lns_gp_core_compare(lns_gp_core *core, const uint16_t *states, size_t count);
/* Of each of them the sum over the lookups of what stands at its line. */
void lns_gp_core_look_up(const lns_gp_core *core, const double *lines, size_t count, double *sums);
/* Sum over the rows of alpha, padded with zeros, times the interaction part of one of them. */
double lns_gp_core_weigh(const lns_gp_core *core, const double *alpha, size_t lane);
/* Standard deviations of measurements of the configurations that were compared last. */
void lns_gp_core_deviations(lns_gp_core *core, size_t count, double *deviations);

#endif

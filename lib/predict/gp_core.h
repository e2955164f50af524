/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_GP_CORE_H
#define LNS_PREDICT_GP_CORE_H
/* What Gaussian processes over the same rows share whatever their targets: the hyper-parameters,
 * the factor of the kernel matrix and the tables to predict from. Models count references. */
#include "predict/gp.h"
#include "predict/model.h"

/* Configurations that are predicted at a time, and rows in a block of a table. */
enum { LNS_GP_LANES = 8, LNS_GP_BLOCK = 16 };

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
    float *share;   /* w / l per feature */
    float *lengths; /* -l d: blocks of rows x codes x rows of a block */
    /* workspace of one group of configurations */
    uint16_t *own;      /* codes */
    uint32_t *place;    /* of the codes' lines in a block of `lengths`: features x LNS_GP_LANES */
    float *kernel;      /* LNS_GP_LANES x padded: interaction part */
    float *additive;    /* likewise: additive part */
    double *right_hand; /* see lns_factor_forward_lanes() */
} lns_gp_core;

/* The rows and their codes; everything else comes with the other functions. */
linas_status lns_gp_core_create(const lns_encoding *encoding, const uint16_t *states, size_t rows,
                                lns_gp_core **core);
lns_gp_core *lns_gp_core_keep(lns_gp_core *core);
void lns_gp_core_drop(lns_gp_core *core);

/* Sets the hyper-parameters: those that training->memory has if they were learned from the same,
 * or newly learned ones, which it then has. */
linas_status lns_gp_core_learn(lns_gp_core *core, const lns_training *training);
/* Factor and tables, by the parameters. */
linas_status lns_gp_core_condition(lns_gp_core *core);

/* Places and interaction part of up to LNS_GP_LANES configurations. */
void lns_gp_core_compare(lns_gp_core *core, const uint16_t *states, size_t count);
/* Standard deviations of the configurations that were compared last. */
void lns_gp_core_deviations(lns_gp_core *core, size_t count, double *deviations);

#endif

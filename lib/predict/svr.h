/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_SVR_H
#define LNS_PREDICT_SVR_H

/* The RBF kernel, as trained and predicted with. */
double lns_svr_kernel(double gamma, double distance);

#endif

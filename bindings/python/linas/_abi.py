# SPDX-License-Identifier: Apache-2.0
"""The C API as this package sees it: every function, struct and constant of the headers.

A test compares the three tables with the headers, so that nothing is missing and nothing differs.
"""
import ctypes
from ctypes import (CFUNCTYPE, POINTER, c_char_p, c_double, c_int32, c_size_t, c_uint32, c_uint64,
                    c_void_p)
from enum import IntEnum
from typing import Any, Callable, Dict, List, Optional, Tuple

# -- functions: the prototypes of the headers without the names of their parameters ----------------

FUNCTIONS = """
const char* linas_status_name(linas_status)
const char* linas_status_text(linas_status)
const char* linas_version()
const char* linas_build_info()
void linas_context_options_init(linas_context_options*)
linas_status linas_context_create(linas_context**, const linas_context_options*)
void linas_context_destroy(linas_context*)
const char* linas_context_message(const linas_context*)
linas_status linas_space_create(linas_context*, linas_space**)
void linas_space_destroy(linas_space*)
linas_status linas_space_add_int(linas_space*, const char*, size_t, const int64_t*, size_t, int32_t)
linas_status linas_space_add_real(linas_space*, const char*, size_t, const double*, size_t, int32_t)
linas_status linas_space_add_string(linas_space*, const char*, size_t, const char*const*, size_t, int32_t)
linas_status linas_space_active_if_above(linas_space*, const char*, size_t, const char*, size_t, double)
linas_status linas_space_active_if_in(linas_space*, const char*, size_t, const char*, size_t, const int32_t*, size_t)
linas_status linas_space_same_value(linas_space*, const char*, size_t, int32_t, int32_t)
linas_status linas_space_set_feasible(linas_space*, linas_feasible_fn, void*)
linas_status linas_space_preset(linas_context*, const char*, linas_space**)
size_t linas_space_preset_count()
const char* linas_space_preset_name(size_t)
const char* linas_space_preset_text(size_t)
linas_status linas_space_from_json(linas_context*, const char*, size_t, linas_space**)
linas_status linas_space_to_json(const linas_space*, char*, size_t, size_t*)
size_t linas_space_variables(const linas_space*)
size_t linas_space_groups(const linas_space*)
linas_status linas_space_group(const linas_space*, size_t, linas_group_info*)
linas_status linas_space_find_group(const linas_space*, const char*, size_t*)
size_t linas_space_value_count(const linas_space*, size_t)
linas_status linas_space_value_int(const linas_space*, size_t, size_t, int64_t*)
linas_status linas_space_value_real(const linas_space*, size_t, size_t, double*)
linas_status linas_space_value_string(const linas_space*, size_t, size_t, const char**)
linas_status linas_space_check(const linas_space*, const int32_t*)
linas_status linas_space_canonical(const linas_space*, const int32_t*, int32_t*)
linas_status linas_space_active(const linas_space*, const int32_t*, uint8_t*)
linas_status linas_space_hash(const linas_space*, const int32_t*, uint64_t*)
linas_status linas_space_is_feasible(const linas_space*, const int32_t*, int32_t*)
linas_status linas_space_fingerprint(const linas_space*, uint64_t*)
double linas_space_raw_cardinality(const linas_space*)
linas_status linas_space_effective_cardinality(const linas_space*, double*)
linas_status linas_space_sample(const linas_space*, int32_t, uint64_t, const int32_t*, size_t, size_t, int32_t*, size_t*)
linas_status linas_space_config_to_json(const linas_space*, const int32_t*, char*, size_t, size_t*)
linas_status linas_space_config_from_json(const linas_space*, const char*, size_t, int32_t*)
void linas_storage_init(linas_storage*)
int32_t linas_pareto_compare(const double*, const double*, size_t)
linas_status linas_pareto_rank(linas_context*, const double*, size_t, size_t, uint32_t*, size_t*)
linas_status linas_pareto_crowding(linas_context*, const double*, size_t, size_t, double*)
linas_status linas_hypervolume(linas_context*, const double*, size_t, size_t, const double*, double*)
linas_status linas_archive_create(linas_context*, size_t, linas_archive**)
void linas_archive_destroy(linas_archive*)
linas_status linas_archive_add(linas_archive*, const double*, uint64_t, int32_t*)
linas_status linas_archive_set_reference(linas_archive*, const double*)
linas_status linas_archive_hypervolume(const linas_archive*, double*)
size_t linas_archive_size(const linas_archive*)
linas_status linas_archive_get(const linas_archive*, size_t, double*, uint64_t*)
void linas_nsga2_options_init(linas_nsga2_options*)
linas_status linas_nsga2_create(const linas_space*, const linas_nsga2_options*, linas_nsga2**)
void linas_nsga2_destroy(linas_nsga2*)
linas_status linas_nsga2_seed(linas_nsga2*, const int32_t*, size_t)
size_t linas_nsga2_population(const linas_nsga2*)
uint64_t linas_nsga2_generation(const linas_nsga2*)
linas_status linas_nsga2_ask(linas_nsga2*, int32_t*, size_t*)
linas_status linas_nsga2_tell(linas_nsga2*, const double*, const double*, size_t)
size_t linas_nsga2_size(const linas_nsga2*)
linas_status linas_nsga2_individual(const linas_nsga2*, size_t, int32_t*, double*, uint32_t*, double*)
linas_status linas_nsga2_save(const linas_nsga2*, void*, size_t, size_t*)
linas_status linas_nsga2_load(linas_nsga2*, const void*, size_t)
void linas_predictor_options_init(linas_predictor_options*)
linas_status linas_predictor_create(const linas_space*, const linas_predictor_options*, linas_predictor**)
linas_status linas_predictor_create_custom(const linas_space*, const linas_predictor_callbacks*, linas_predictor**)
void linas_predictor_destroy(linas_predictor*)
linas_status linas_predictor_fit(linas_predictor*, const int32_t*, const double*, size_t)
linas_status linas_predictor_predict(const linas_predictor*, const int32_t*, size_t, double*, double*)
linas_status linas_predictor_get_quality(const linas_predictor*, linas_predictor_quality*)
linas_status linas_predictor_save(const linas_predictor*, char*, size_t, size_t*)
linas_status linas_predictor_load(const linas_space*, const char*, size_t, linas_predictor**)
double linas_metric_mape(const double*, const double*, size_t)
double linas_metric_rmse(const double*, const double*, size_t)
linas_status linas_metric_kendall_tau(linas_context*, const double*, const double*, size_t, double*)
linas_status linas_metric_spearman(linas_context*, const double*, const double*, size_t, double*)
void linas_objective_init(linas_objective*, int32_t, const char*, const char*)
uint64_t linas_candidate_id(const linas_candidate*)
const int32_t* linas_candidate_genome(const linas_candidate*)
const linas_space* linas_candidate_space(const linas_candidate*)
linas_status linas_candidate_int(const linas_candidate*, const char*, size_t, int64_t*)
linas_status linas_candidate_real(const linas_candidate*, const char*, size_t, double*)
linas_status linas_candidate_string(const linas_candidate*, const char*, size_t, const char**)
linas_status linas_candidate_known(const linas_candidate*, const char*, double*)
linas_status linas_candidate_set(linas_candidate*, const char*, double)
void linas_candidate_fail(linas_candidate*, const char*)
void linas_candidate_infeasible(linas_candidate*, const char*)
void linas_candidate_time_out(linas_candidate*, const char*)
void linas_candidate_cancel(linas_candidate*, const char*)
void linas_evaluator_init(linas_evaluator*)
void linas_search_options_init(linas_search_options*)
linas_status linas_search_create(linas_context*, const linas_space*, const linas_objective*, size_t, const linas_search_options*, linas_search**)
void linas_search_destroy(linas_search*)
linas_status linas_search_run(linas_search*, const linas_evaluator*)
linas_status linas_search_ask(linas_search*, size_t, uint64_t*, int32_t*, size_t*)
linas_status linas_search_tell(linas_search*, uint64_t, const double*, size_t)
linas_status linas_search_tell_failed(linas_search*, uint64_t, int32_t, const char*)
linas_status linas_search_give_back(linas_search*, uint64_t)
void linas_search_request_stop(linas_search*)
int32_t linas_search_stop_reason(const linas_search*)
const char* linas_stop_text(int32_t)
uint64_t linas_search_evaluations(const linas_search*)
uint64_t linas_search_outstanding(const linas_search*)
void linas_measurements_init(linas_measurements*)
linas_status linas_search_import(linas_search*, const linas_measurements*)
uint64_t linas_search_imported(const linas_search*)
linas_status linas_search_known(const linas_search*, uint64_t, double*)
linas_status linas_search_evaluation(const linas_search*, uint64_t, linas_evaluation*)
linas_status linas_search_reference(const linas_search*, double*)
linas_status linas_search_set_reference(linas_search*, const double*)
linas_status linas_search_hypervolume(const linas_search*, double*)
linas_status linas_search_sync(linas_search*)
linas_status linas_search_least_infeasible(const linas_search*, linas_evaluation*)
linas_status linas_search_drift(const linas_search*, size_t, linas_drift*)
linas_status linas_search_front(const linas_search*, linas_front**)
void linas_front_destroy(linas_front*)
size_t linas_front_size(const linas_front*)
linas_status linas_front_get(const linas_front*, size_t, linas_evaluation*)
linas_status linas_search_open_journal(linas_context*, const char*, linas_search**)
linas_status linas_search_open_storage(linas_context*, const linas_storage*, linas_search**)
const linas_space* linas_search_space(const linas_search*)
size_t linas_search_objectives(const linas_search*)
linas_status linas_search_objective(const linas_search*, size_t, const char**, const char**, int32_t*)
"""

_SCALARS: Dict[str, Any] = {
    "void": None, "double": c_double, "int32_t": c_int32, "uint32_t": c_uint32,
    "uint64_t": c_uint64, "int64_t": ctypes.c_int64, "size_t": c_size_t,
    "linas_status": c_int32, "const char*": c_char_p,
}


def _foreign(name: str) -> Any:
    """Handles, arrays, structs and functions all travel as addresses."""
    return _SCALARS.get(name, c_void_p)


def prototypes() -> Dict[str, Tuple[str, List[str]]]:
    """Name -> (result, arguments), as C types."""
    table: Dict[str, Tuple[str, List[str]]] = {}
    for line in FUNCTIONS.strip().splitlines():
        head, _, rest = line.partition("(")
        result, _, name = head.rpartition(" ")
        arguments = rest.rstrip(")")
        table[name] = (result, arguments.split(", ") if arguments else [])
    return table


def bind(library: ctypes.CDLL, prototype: Tuple[str, List[str]], name: str) -> Callable[..., Any]:
    """The function of that name, with its types set."""
    function = getattr(library, name)
    function.restype = _foreign(prototype[0])
    function.argtypes = [_foreign(argument) for argument in prototype[1]]
    return function  # type: ignore[no-any-return]


# -- functions of the host -------------------------------------------------------------------------

ALLOCATE = CFUNCTYPE(c_void_p, c_void_p, c_size_t)
REALLOCATE = CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_size_t)
RELEASE = CFUNCTYPE(None, c_void_p, c_void_p)
LOG = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)
FEASIBLE = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t)
COMPUTE = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, c_void_p)
EVALUATE = CFUNCTYPE(c_int32, c_void_p, c_void_p)
FIT = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_void_p, c_size_t)
PREDICT = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p)
RELEASE_PREDICTOR = CFUNCTYPE(None, c_void_p)
PROGRESS = CFUNCTYPE(c_int32, c_void_p, c_void_p)
APPEND = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t)
TAKE = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t)
SYNC = CFUNCTYPE(c_int32, c_void_p)
ITERATE = CFUNCTYPE(c_int32, c_void_p, TAKE, c_void_p)

# -- structs ---------------------------------------------------------------------------------------


class ContextOptions(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("threads", c_uint32), ("allocate", ALLOCATE),
                ("reallocate", REALLOCATE), ("release", RELEASE), ("allocator_data", c_void_p),
                ("log", LOG), ("log_data", c_void_p)]


class GroupInfo(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("value_kind", c_int32), ("order", c_int32),
                ("slots", c_uint32), ("values", c_uint32), ("first_variable", c_uint32),
                ("name", c_char_p)]


class Nsga2Options(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("population", c_uint32), ("seed", c_uint64),
                ("crossover", c_int32), ("mutation", c_int32),
                ("crossover_probability", c_double), ("mutation_probability", c_double),
                ("eta_crossover", c_double), ("eta_mutation", c_double),
                ("objectives", c_uint32), ("constraints", c_uint32), ("survival", c_int32),
                ("divisions", c_uint32), ("inner_divisions", c_uint32), ("reserved", c_uint32)]


class PredictorOptions(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("model", c_int32), ("target", c_int32), ("folds", c_uint32),
                ("seed", c_uint64)]


class PredictorCallbacks(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), ("fit", FIT), ("predict", PREDICT),
                ("release", RELEASE_PREDICTOR), ("user_data", c_void_p)]


class PredictorQuality(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("model", c_int32), ("target", c_int32), ("rows", c_uint32),
                ("kendall_tau", c_double), ("spearman", c_double), ("rmse", c_double),
                ("mape", c_double)]


class Objective(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("direction", c_int32), ("name", c_char_p),
                ("unit", c_char_p), ("upper_limit", c_double), ("lower_limit", c_double),
                ("compute", COMPUTE), ("compute_data", c_void_p)]


class Evaluator(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("evaluate", EVALUATE),
                ("evaluate_data", c_void_p), ("measure_latency", EVALUATE),
                ("latency_data", c_void_p), ("threads", c_uint32), ("reserved", c_uint32)]


class Progress(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("failed", c_uint32), ("evaluations", c_uint64),
                ("budget", c_uint64), ("front_size", c_uint64), ("iteration", c_uint64),
                ("hypervolume", c_double), ("seconds", c_double), ("objectives", c_uint32),
                ("reserved", c_uint32), ("qualities", POINTER(PredictorQuality))]


class SearchOptions(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("tactic", c_int32), ("seed", c_uint64),
                ("evaluations", c_uint64), ("seconds", c_double), ("initial", c_uint32),
                ("batch", c_uint32), ("population", c_uint32), ("generations", c_uint32),
                ("predictor", c_int32), ("target", c_int32), ("stagnation", c_uint32),
                ("max_failures", c_uint32), ("stagnation_gain", c_double), ("resume", c_uint32),
                ("reserved", c_uint32), ("journal", c_char_p), ("progress", PROGRESS),
                ("progress_data", c_void_p), ("predictors", c_void_p), ("storage", c_void_p),
                ("sync_every", c_uint32), ("attempts", c_uint32), ("remeasure", c_uint32),
                ("survival", c_int32), ("drift_limit", c_double), ("deadline", c_double),
                ("outstanding", c_uint32), ("reserved_too", c_uint32)]


class Evaluation(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("outcome", c_int32), ("id", c_uint64),
                ("genome", c_void_p), ("values", c_void_p), ("reason", c_char_p)]


class Measurements(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("objectives", c_uint32), ("rows", c_uint64),
                ("genomes", c_void_p), ("names", c_void_p), ("values", c_void_p)]


class Storage(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("append", APPEND), ("sync", SYNC),
                ("iterate", ITERATE), ("user_data", c_void_p)]


class Drift(ctypes.Structure):
    _fields_ = [("size", c_uint32), ("exceeded", c_int32), ("id", c_uint64),
                ("measurements", c_uint64), ("first", c_double), ("last", c_double),
                ("change", c_double), ("mean", c_double), ("deviation", c_double)]


# Struct of the headers -> class, and its init function where it has one.
STRUCTS: Dict[str, Tuple[Any, Optional[str]]] = {
    "linas_context_options": (ContextOptions, "linas_context_options_init"),
    "linas_group_info": (GroupInfo, None),
    "linas_nsga2_options": (Nsga2Options, "linas_nsga2_options_init"),
    "linas_predictor_options": (PredictorOptions, "linas_predictor_options_init"),
    "linas_predictor_callbacks": (PredictorCallbacks, None),
    "linas_predictor_quality": (PredictorQuality, None),
    "linas_objective": (Objective, "linas_objective_init"),
    "linas_evaluator": (Evaluator, "linas_evaluator_init"),
    "linas_progress": (Progress, None),
    "linas_search_options": (SearchOptions, "linas_search_options_init"),
    "linas_evaluation": (Evaluation, None),
    "linas_measurements": (Measurements, "linas_measurements_init"),
    "linas_storage": (Storage, "linas_storage_init"),
    "linas_drift": (Drift, None),
}


# -- constants -------------------------------------------------------------------------------------


class Status(IntEnum):
    """What a call of the library returned; 0 is success."""

    OK = 0
    INVALID_ARGUMENT = -100
    OUT_OF_RANGE = -101
    UNKNOWN_NAME = -102
    DUPLICATE = -103
    NOT_FINITE = -104
    BUFFER_TOO_SMALL = -105
    STRUCT_SIZE = -106
    CYCLE = -107
    WRONG_ORDER = -200
    REENTRANT = -201
    EXHAUSTED = -202
    UNKNOWN_ID = -203
    NOT_FITTED = -204
    NOTHING_MEASURED = -205
    NO_MEMORY = -300
    TOO_LARGE = -301
    IO = -400
    PARSE = -401
    CORRUPT = -402
    VERSION = -403
    MISMATCH = -404
    LOCKED = -405
    NUMERIC = -500
    UNSUPPORTED = -900
    INTERNAL = -901


class LogLevel(IntEnum):
    """Levels of the library's log."""

    DEBUG = 0
    INFO = 1
    WARNING = 2


class ValueKind(IntEnum):
    """Kinds of values of a group."""

    INT = 0
    REAL = 1
    STRING = 2


class Order(IntEnum):
    """Whether a group's neighbouring values are alike."""

    CATEGORICAL = 0
    ORDINAL = 1


class Sampling(IntEnum):
    """How configurations are drawn."""

    UNIFORM = 0
    LOW_DISCREPANCY = 1


class Maximum(IntEnum):
    """Limits of a space."""

    VARIABLES = 65536
    VALUES = 65536
    NAME = 255


class Crossover(IntEnum):
    """Crossover operators of NSGA-II."""

    UNIFORM = 0
    TWO_POINT = 1
    SBX = 2


class Mutation(IntEnum):
    """Mutation operators of NSGA-II."""

    RESET = 0
    STEP = 1
    POLYNOMIAL = 2


class Survival(IntEnum):
    """Which of a front that does not fit whole survive."""

    CROWDING = 0
    REFERENCE = 1


class Model(IntEnum):
    """Predictors of one measure."""

    AUTO = 0
    RIDGE = 1
    SVR = 2
    CUSTOM = 3
    GP = 4


class Target(IntEnum):
    """Transformations of a predictor's targets."""

    AUTO = 0
    RAW = 1
    LOG = 2
    RANK = 3


class Direction(IntEnum):
    """Which way an objective improves."""

    MAXIMIZE = 1
    MINIMIZE = 2


class Tactic(IntEnum):
    """How sub-networks are proposed."""

    LINAS = 0
    NSGA2 = 1
    RANDOM = 2


class StopReason(IntEnum):
    """Why a search has ended."""

    NONE = 0
    EVALUATIONS = 1
    TIME = 2
    STAGNATION = 3
    EXHAUSTED = 4
    REQUESTED = 5
    CALLBACK = 6
    FAILURES = 7


class Outcome(IntEnum):
    """What became of an evaluation."""

    OK = 0
    FAILED = 1
    INFEASIBLE = 2
    TIMED_OUT = 3
    CANCELLED = 4


class EvaluatorFlag(IntEnum):
    """What an evaluator allows."""

    THREAD_SAFE = 1


# Prefix in the headers -> class; the longest prefix that fits counts.
CONSTANTS: Dict[str, Any] = {
    "LINAS_": Order, "LINAS_OK": Status, "LINAS_ERROR_": Status, "LINAS_LOG_": LogLevel,
    "LINAS_VALUE_": ValueKind, "LINAS_SAMPLE_": Sampling, "LINAS_MAX_": Maximum,
    "LINAS_CROSSOVER_": Crossover, "LINAS_MUTATION_": Mutation, "LINAS_SURVIVAL_": Survival,
    "LINAS_PREDICTOR_": Model,
    "LINAS_TARGET_": Target, "LINAS_DIRECTION_": Direction, "LINAS_TACTIC_": Tactic,
    "LINAS_STOP_": StopReason, "LINAS_EVALUATION_": Outcome,
    "LINAS_EVALUATOR_": EvaluatorFlag,
}

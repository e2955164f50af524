// SPDX-License-Identifier: Apache-2.0
#ifndef LINAS_LINAS_HPP
#define LINAS_LINAS_HPP
/**
 * @file linas.hpp
 * The library for C++17: header-only over the C API.
 *
 * Objects own their handle and are moved, not copied. Failures are thrown as linas::error. What a
 * function of the host throws inside the library is carried through it and thrown again by the call
 * that was running. Views (linas::span, std::string_view) point into what they were taken from and
 * live as long as the C function behind them says. The thread rule is that of base.h.
 */
#include <linas/linas.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace linas {

/** A failure of the library. */
class error : public std::runtime_error {
  public:
    error(linas_status status, const std::string &message)
        : std::runtime_error(message), status_(status) {
    }
    /** LINAS_ERROR_..., or a stop code of a host's C callback. */
    linas_status status() const noexcept {
        return status_;
    }

  private:
    linas_status status_;
};

/** A view of numbers in a row, as std::span in C++20. */
template <class T> class span {
  public:
    using value_type = std::remove_cv_t<T>;
    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {
    }
    template <std::size_t N> constexpr span(T (&array)[N]) noexcept : data_(array), size_(N) {
    }
    /** Vectors, arrays and other containers with data() and size(). */
    template <class Container,
              class = std::enable_if_t<
                  std::is_convertible_v<
                      std::remove_pointer_t<decltype(std::declval<Container &>().data())> (*)[],
                      T (*)[]> &&
                  !std::is_same_v<std::decay_t<Container>, span>>>
    constexpr span(Container &&container) noexcept
        : data_(container.data()), size_(container.size()) {
    }
    /** Lives as long as the list: for arguments, as in tell(id, {76.1, 13.2}). */
    span(std::initializer_list<value_type> list) noexcept : size_(list.size()) {
        const value_type *first = list.begin();
        data_ = first;
    }
    constexpr T *data() const noexcept {
        return data_;
    }
    constexpr std::size_t size() const noexcept {
        return size_;
    }
    constexpr bool empty() const noexcept {
        return size_ == 0;
    }
    constexpr T *begin() const noexcept {
        return data_;
    }
    constexpr T *end() const noexcept {
        return data_ + size_;
    }
    constexpr T &operator[](std::size_t index) const noexcept {
        return data_[index];
    }
    constexpr span subspan(std::size_t offset, std::size_t count) const noexcept {
        return span(data_ + offset, count);
    }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

using genome_view = span<const std::int32_t>;
using genome = std::vector<std::int32_t>;

inline std::string_view version() noexcept {
    return linas_version();
}
inline std::string_view build_info() noexcept {
    return linas_build_info();
}
inline std::string_view status_name(linas_status status) noexcept {
    return linas_status_name(status);
}
inline std::string_view status_text(linas_status status) noexcept {
    return linas_status_text(status);
}
inline std::string_view stop_text(std::int32_t reason) noexcept {
    return linas_stop_text(reason);
}

/** The inner parts: not for users. */
namespace detail {

enum : std::int32_t { thrown_code = 1000 };

template <class Handle, void (*Destroy)(Handle *)> struct deleter {
    void operator()(Handle *handle) const noexcept {
        Destroy(handle);
    }
};
template <class Handle, void (*Destroy)(Handle *)>
using owner = std::unique_ptr<Handle, deleter<Handle, Destroy>>;

/** What every object made with a context shares: the context itself, a thrown exception on its way,
 * and the functions that the C side may call as long as any of the objects lives. */
struct shared {
    std::exception_ptr thrown;
    std::vector<std::shared_ptr<void>> kept;
    std::function<void(std::int32_t, std::string_view)> log;
    owner<linas_context, linas_context_destroy> context;
};
using shared_pointer = std::shared_ptr<shared>;

inline void check(shared &state, linas_status status) {
    if (state.thrown)
        std::rethrow_exception(std::exchange(state.thrown, nullptr));
    if (status == LINAS_OK)
        return;
    const char *message = linas_context_message(state.context.get());
    throw error(status, *message ? message : linas_status_text(status));
}

/** Runs a function of the host for C: what it throws waits in `state`. */
template <class Function> std::int32_t guard(shared &state, Function &&function) noexcept {
    try {
        return function();
    } catch (...) {
        state.thrown = std::current_exception();
        return thrown_code;
    }
}

inline void same_size(std::size_t found, std::size_t wanted, const char *what) {
    if (found != wanted)
        throw error(LINAS_ERROR_INVALID_ARGUMENT, std::string(what) + ": " + std::to_string(found) +
                                                      " numbers, not " + std::to_string(wanted));
}

/** Text of a C function with buffer, capacity and needed count. */
template <class Function> std::string text(shared &state, Function &&function, bool terminated) {
    std::size_t needed = 0;
    linas_status status = function(nullptr, std::size_t(0), &needed);
    if (status != LINAS_ERROR_BUFFER_TOO_SMALL)
        check(state, status);
    std::string result(needed, '\0');
    check(state, function(result.data(), needed, &needed));
    result.resize(terminated && needed > 0 ? needed - 1 : needed);
    return result;
}

} // namespace detail

/** Owner of messages and of the log. Objects keep their context alive. */
class context {
  public:
    using log_function = std::function<void(std::int32_t level, std::string_view message)>;

    /** `threads`: those that the library may use; `log`: where its messages go. */
    explicit context(std::uint32_t threads = 1, log_function log = nullptr)
        : state_(std::make_shared<detail::shared>()) {
        linas_context_options options;
        linas_context_options_init(&options);
        options.threads = threads;
        if (log) {
            state_->log = std::move(log);
            options.log = report;
            options.log_data = state_.get();
        }
        linas_context *made = nullptr;
        linas_status status = linas_context_create(&made, &options);
        if (status != LINAS_OK)
            throw error(status, linas_status_text(status));
        state_->context.reset(made);
    }
    context(context &&) noexcept = default;
    context &operator=(context &&) noexcept = default;
    context(const context &) = delete;
    context &operator=(const context &) = delete;

    linas_context *get() const noexcept {
        return state_->context.get();
    }
    const detail::shared_pointer &state() const noexcept {
        return state_;
    }

  private:
    static void report(void *data, std::int32_t level, const char *message) {
        auto *state = static_cast<detail::shared *>(data);
        detail::guard(*state, [&] {
            state->log(level, message);
            return 0;
        });
    }

    detail::shared_pointer state_;
};

/** Facts about one group of a space. */
struct group {
    std::string_view name;
    std::int32_t value_kind; /**< LINAS_VALUE_... */
    std::int32_t order;
    std::size_t slots;
    std::size_t values;
    std::size_t first_variable;
};

/** A search space. */
class space {
  public:
    /** An empty one, to be filled by the `add` functions. */
    explicit space(const context &owner) : state_(owner.state()) {
        linas_space *made = nullptr;
        check(linas_space_create(owner.get(), &made));
        handle_.reset(made);
    }
    /** One that is compiled into the library. */
    static space preset(const context &owner, const std::string &name) {
        linas_space *made = nullptr;
        detail::check(*owner.state(), linas_space_preset(owner.get(), name.c_str(), &made));
        return space(owner.state(), made);
    }
    static space from_json(const context &owner, std::string_view text) {
        linas_space *made = nullptr;
        detail::check(*owner.state(),
                      linas_space_from_json(owner.get(), text.data(), text.size(), &made));
        return space(owner.state(), made);
    }
    /** Name and one line of every preset. */
    static std::vector<std::pair<std::string_view, std::string_view>> presets() {
        std::vector<std::pair<std::string_view, std::string_view>> list;
        for (std::size_t i = 0; i < linas_space_preset_count(); i++)
            list.emplace_back(linas_space_preset_name(i), linas_space_preset_text(i));
        return list;
    }

    /** A group of `slots` variables with these values: integers, reals or texts. */
    space &add(const std::string &name, std::size_t slots, span<const std::int64_t> values,
               std::int32_t order = LINAS_CATEGORICAL) {
        check(linas_space_add_int(get(), name.c_str(), slots, values.data(), values.size(), order));
        return *this;
    }
    space &add(const std::string &name, std::size_t slots, std::initializer_list<int> values,
               std::int32_t order = LINAS_CATEGORICAL) {
        std::vector<std::int64_t> wide(values.begin(), values.end());
        return add(name, slots, span<const std::int64_t>(wide), order);
    }
    space &add(const std::string &name, std::size_t slots, span<const double> values,
               std::int32_t order = LINAS_CATEGORICAL) {
        check(
            linas_space_add_real(get(), name.c_str(), slots, values.data(), values.size(), order));
        return *this;
    }
    space &add(const std::string &name, std::size_t slots, std::initializer_list<double> values,
               std::int32_t order = LINAS_CATEGORICAL) {
        return add(name, slots, span<const double>(values.begin(), values.size()), order);
    }
    space &add(const std::string &name, std::size_t slots,
               std::initializer_list<const char *> texts, std::int32_t order = LINAS_CATEGORICAL) {
        check(
            linas_space_add_string(get(), name.c_str(), slots, texts.begin(), texts.size(), order));
        return *this;
    }
    space &add(const std::string &name, std::size_t slots, const std::vector<std::string> &texts,
               std::int32_t order = LINAS_CATEGORICAL) {
        std::vector<const char *> pointers;
        for (const std::string &one : texts)
            pointers.push_back(one.c_str());
        check(linas_space_add_string(get(), name.c_str(), slots, pointers.data(), pointers.size(),
                                     order));
        return *this;
    }
    space &active_if_above(const std::string &name, std::size_t slot, const std::string &controller,
                           std::size_t controller_slot, double threshold) {
        check(linas_space_active_if_above(get(), name.c_str(), slot, controller.c_str(),
                                          controller_slot, threshold));
        return *this;
    }
    space &active_if_in(const std::string &name, std::size_t slot, const std::string &controller,
                        std::size_t controller_slot, span<const std::int32_t> value_indices) {
        check(linas_space_active_if_in(get(), name.c_str(), slot, controller.c_str(),
                                       controller_slot, value_indices.data(),
                                       value_indices.size()));
        return *this;
    }
    space &same_value(const std::string &name, std::size_t slot, std::int32_t first,
                      std::int32_t second) {
        check(linas_space_same_value(get(), name.c_str(), slot, first, second));
        return *this;
    }
    /** May this configuration be used at all? */
    space &set_feasible(std::function<bool(genome_view)> feasible) {
        struct predicate {
            detail::shared *state;
            std::function<bool(genome_view)> call;
        };
        if (!feasible) {
            check(linas_space_set_feasible(get(), nullptr, nullptr));
            return *this;
        }
        auto kept = std::make_shared<predicate>(predicate{state_.get(), std::move(feasible)});
        state_->kept.push_back(kept);
        check(linas_space_set_feasible(
            get(),
            [](void *data, const std::int32_t *genes, std::size_t count) -> std::int32_t {
                auto *self = static_cast<predicate *>(data);
                return detail::guard(*self->state, [&]() -> std::int32_t {
                    return self->call(genome_view(genes, count)) ? 1 : 0;
                });
            },
            kept.get()));
        return *this;
    }

    std::size_t variables() const noexcept {
        return linas_space_variables(get());
    }
    std::size_t groups() const noexcept {
        return linas_space_groups(get());
    }
    linas::group group(std::size_t index) const {
        linas_group_info info = LINAS_GROUP_INFO_INIT;
        check(linas_space_group(get(), index, &info));
        return {info.name,  info.value_kind, info.order,
                info.slots, info.values,     info.first_variable};
    }
    std::size_t find_group(const std::string &name) const {
        std::size_t index = 0;
        check(linas_space_find_group(get(), name.c_str(), &index));
        return index;
    }
    std::size_t value_count(std::size_t variable) const noexcept {
        return linas_space_value_count(get(), variable);
    }
    std::int64_t value_int(std::size_t group, std::size_t index) const {
        std::int64_t value = 0;
        check(linas_space_value_int(get(), group, index, &value));
        return value;
    }
    double value_real(std::size_t group, std::size_t index) const {
        double value = 0;
        check(linas_space_value_real(get(), group, index, &value));
        return value;
    }
    std::string_view value_string(std::size_t group, std::size_t index) const {
        const char *value = "";
        check(linas_space_value_string(get(), group, index, &value));
        return value;
    }
    void check_genome(genome_view genes) const {
        detail::same_size(genes.size(), variables(), "genome");
        check(linas_space_check(get(), genes.data()));
    }
    genome canonical(genome_view genes) const {
        detail::same_size(genes.size(), variables(), "genome");
        genome result(genes.size());
        check(linas_space_canonical(get(), genes.data(), result.data()));
        return result;
    }
    std::vector<std::uint8_t> active(genome_view genes) const {
        detail::same_size(genes.size(), variables(), "genome");
        std::vector<std::uint8_t> result(genes.size());
        check(linas_space_active(get(), genes.data(), result.data()));
        return result;
    }
    std::uint64_t hash(genome_view genes) const {
        detail::same_size(genes.size(), variables(), "genome");
        std::uint64_t result = 0;
        check(linas_space_hash(get(), genes.data(), &result));
        return result;
    }
    bool is_feasible(genome_view genes) const {
        detail::same_size(genes.size(), variables(), "genome");
        std::int32_t result = 0;
        check(linas_space_is_feasible(get(), genes.data(), &result));
        return result == 1;
    }
    std::uint64_t fingerprint() const {
        std::uint64_t result = 0;
        check(linas_space_fingerprint(get(), &result));
        return result;
    }
    double raw_cardinality() const noexcept {
        return linas_space_raw_cardinality(get());
    }
    double effective_cardinality() const {
        double result = 0;
        check(linas_space_effective_cardinality(get(), &result));
        return result;
    }
    /** Up to `count` distinct genomes, one after another in one vector. */
    genome sample(std::size_t count, std::uint64_t seed, std::int32_t method = LINAS_SAMPLE_UNIFORM,
                  genome_view excluded = {}) const {
        genome rows(count * variables());
        std::size_t found = 0;
        check(linas_space_sample(get(), method, seed, excluded.data(),
                                 variables() ? excluded.size() / variables() : 0, count,
                                 rows.data(), &found));
        rows.resize(found * variables());
        return rows;
    }
    std::string to_json() const {
        return detail::text(
            *state_,
            [&](char *buffer, std::size_t capacity, std::size_t *needed) {
                return linas_space_to_json(get(), buffer, capacity, needed);
            },
            true);
    }
    std::string config_to_json(genome_view genes) const {
        detail::same_size(genes.size(), variables(), "genome");
        return detail::text(
            *state_,
            [&](char *buffer, std::size_t capacity, std::size_t *needed) {
                return linas_space_config_to_json(get(), genes.data(), buffer, capacity, needed);
            },
            true);
    }
    genome config_from_json(std::string_view text) const {
        genome result(variables());
        check(linas_space_config_from_json(get(), text.data(), text.size(), result.data()));
        return result;
    }

    linas_space *get() const noexcept {
        return handle_.get();
    }
    const detail::shared_pointer &state() const noexcept {
        return state_;
    }

  private:
    space(detail::shared_pointer state, linas_space *handle)
        : state_(std::move(state)), handle_(handle) {
    }
    void check(linas_status status) const {
        detail::check(*state_, status);
    }

    detail::shared_pointer state_;
    detail::owner<linas_space, linas_space_destroy> handle_;
};

/** One objective: measured, or computed inside the search if `compute` is set. */
struct objective {
    std::int32_t direction;
    std::string name;
    std::string unit;
    double at_least = -std::numeric_limits<double>::infinity();
    double at_most = std::numeric_limits<double>::infinity();
    /** Values of `rows` genomes of `variables` genes each; a pure function. */
    std::function<void(genome_view genomes, span<double> values)> compute;
};
inline objective maximize(std::string name, std::string unit = "") {
    objective made;
    made.direction = LINAS_DIRECTION_MAXIMIZE;
    made.name = std::move(name);
    made.unit = std::move(unit);
    return made;
}
inline objective minimize(std::string name, std::string unit = "") {
    objective made = maximize(std::move(name), std::move(unit));
    made.direction = LINAS_DIRECTION_MINIMIZE;
    return made;
}

/** A sub-network being measured; valid inside the function it was given to. */
class candidate {
  public:
    candidate(detail::shared &state, linas_candidate *handle) noexcept
        : state_(&state), handle_(handle) {
    }
    std::uint64_t id() const noexcept {
        return linas_candidate_id(handle_);
    }
    genome_view genes() const noexcept {
        return genome_view(linas_candidate_genome(handle_),
                           linas_space_variables(linas_candidate_space(handle_)));
    }
    std::int64_t get_int(const std::string &group, std::size_t slot = 0) const {
        std::int64_t value = 0;
        detail::check(*state_, linas_candidate_int(handle_, group.c_str(), slot, &value));
        return value;
    }
    double get_real(const std::string &group, std::size_t slot = 0) const {
        double value = 0;
        detail::check(*state_, linas_candidate_real(handle_, group.c_str(), slot, &value));
        return value;
    }
    std::string_view get_string(const std::string &group, std::size_t slot = 0) const {
        const char *value = "";
        detail::check(*state_, linas_candidate_string(handle_, group.c_str(), slot, &value));
        return value;
    }
    /** The imported value, which then need not be set; NaN if there is none. */
    double known(const std::string &objective) const {
        double value = 0;
        detail::check(*state_, linas_candidate_known(handle_, objective.c_str(), &value));
        return value;
    }
    void set(const std::string &objective, double value) {
        detail::check(*state_, linas_candidate_set(handle_, objective.c_str(), value));
    }
    void fail(const std::string &reason) {
        linas_candidate_fail(handle_, reason.c_str());
    }
    void infeasible(const std::string &reason) {
        linas_candidate_infeasible(handle_, reason.c_str());
    }
    void time_out(const std::string &reason) {
        linas_candidate_time_out(handle_, reason.c_str());
    }
    void cancel(const std::string &reason) {
        linas_candidate_cancel(handle_, reason.c_str());
    }

  private:
    detail::shared *state_;
    linas_candidate *handle_;
};

/** What was measured of one sub-network; views into the search or front it came from. */
struct evaluation {
    std::uint64_t id;
    std::int32_t outcome; /**< LINAS_EVALUATION_... */
    genome_view genes;
    span<const double> values;
    std::string_view reason;
};

/** The best trade-offs, best first by the first objective. */
class front {
  public:
    front(detail::shared_pointer state, linas_front *handle, std::size_t variables,
          std::size_t objectives)
        : state_(std::move(state)), handle_(handle), variables_(variables),
          objectives_(objectives) {
    }
    std::size_t size() const noexcept {
        return linas_front_size(handle_.get());
    }
    bool empty() const noexcept {
        return size() == 0;
    }
    evaluation operator[](std::size_t index) const {
        linas_evaluation one = LINAS_EVALUATION_INIT;
        detail::check(*state_, linas_front_get(handle_.get(), index, &one));
        return {one.id, one.outcome, genome_view(one.genome, variables_),
                span<const double>(one.values, objectives_), one.reason ? one.reason : ""};
    }

    class iterator {
      public:
        using value_type = evaluation;
        using difference_type = std::ptrdiff_t;
        using reference = evaluation;
        using pointer = void;
        using iterator_category = std::input_iterator_tag;
        iterator(const front &owner, std::size_t index) noexcept : owner_(&owner), index_(index) {
        }
        evaluation operator*() const {
            return (*owner_)[index_];
        }
        iterator &operator++() noexcept {
            index_++;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            index_++;
            return before;
        }
        friend bool operator==(const iterator &a, const iterator &b) noexcept {
            return a.index_ == b.index_;
        }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept {
            return a.index_ != b.index_;
        }

      private:
        const front *owner_;
        std::size_t index_;
    };
    iterator begin() const noexcept {
        return iterator(*this, 0);
    }
    iterator end() const noexcept {
        return iterator(*this, size());
    }

  private:
    detail::shared_pointer state_;
    detail::owner<linas_front, linas_front_destroy> handle_;
    std::size_t variables_;
    std::size_t objectives_;
};

/** Predictor options with their defaults. */
inline linas_predictor_options predictor_options() noexcept {
    linas_predictor_options options;
    linas_predictor_options_init(&options);
    return options;
}

/** A predictor of one measure: the library's, or the host's own. */
class predictor {
  public:
    using fit_function = std::function<void(genome_view genomes, span<const double> targets)>;
    /** `deviations` is empty when none are asked for. */
    using predict_function =
        std::function<void(genome_view genomes, span<double> means, span<double> deviations)>;

    explicit predictor(const space &of,
                       const linas_predictor_options &options = predictor_options())
        : state_(of.state()), variables_(of.variables()) {
        linas_predictor *made = nullptr;
        check(linas_predictor_create(of.get(), &options, &made));
        handle_.reset(made);
    }
    predictor(const space &of, fit_function fit, predict_function predict)
        : state_(of.state()), variables_(of.variables()) {
        auto mine = std::make_unique<own>(
            own{state_.get(), variables_, std::move(fit), std::move(predict)});
        linas_predictor_callbacks callbacks{static_cast<std::uint32_t>(sizeof callbacks),
                                            0,
                                            own::do_fit,
                                            own::do_predict,
                                            [](void *data) { delete static_cast<own *>(data); },
                                            mine.get()};
        linas_predictor *made = nullptr;
        check(linas_predictor_create_custom(of.get(), &callbacks, &made));
        mine.release(); // the library's from here on
        handle_.reset(made);
    }
    static predictor load(const space &of, std::string_view text) {
        linas_predictor *made = nullptr;
        detail::check(*of.state(), linas_predictor_load(of.get(), text.data(), text.size(), &made));
        return predictor(of, made);
    }
    std::string save() const {
        return detail::text(
            *state_,
            [&](char *buffer, std::size_t capacity, std::size_t *needed) {
                return linas_predictor_save(get(), buffer, capacity, needed);
            },
            true);
    }
    void fit(genome_view genomes, span<const double> targets) {
        detail::same_size(genomes.size(), targets.size() * variables_, "genomes");
        check(linas_predictor_fit(get(), genomes.data(), targets.data(), targets.size()));
    }
    /** Into the caller's arrays; `deviations` may be empty. */
    void predict(genome_view genomes, span<double> means, span<double> deviations = {}) const {
        detail::same_size(genomes.size(), means.size() * variables_, "genomes");
        if (!deviations.empty())
            detail::same_size(deviations.size(), means.size(), "deviations");
        check(linas_predictor_predict(get(), genomes.data(), means.size(), means.data(),
                                      deviations.data()));
    }
    linas_predictor_quality quality() const {
        linas_predictor_quality found = LINAS_PREDICTOR_QUALITY_INIT;
        check(linas_predictor_get_quality(get(), &found));
        return found;
    }
    linas_predictor *get() const noexcept {
        return handle_.get();
    }

  private:
    struct own {
        detail::shared *state;
        std::size_t variables;
        fit_function fit;
        predict_function predict;

        static std::int32_t do_fit(void *data, const std::int32_t *genomes, const double *targets,
                                   std::size_t rows) {
            auto *self = static_cast<own *>(data);
            return detail::guard(*self->state, [&] {
                self->fit(genome_view(genomes, rows * self->variables),
                          span<const double>(targets, rows));
                return 0;
            });
        }
        static std::int32_t do_predict(void *data, const std::int32_t *genomes, std::size_t rows,
                                       double *means, double *deviations) {
            auto *self = static_cast<own *>(data);
            return detail::guard(*self->state, [&] {
                self->predict(genome_view(genomes, rows * self->variables),
                              span<double>(means, rows),
                              span<double>(deviations, deviations ? rows : 0));
                return 0;
            });
        }
    };

    predictor(const space &of, linas_predictor *handle)
        : state_(of.state()), variables_(of.variables()), handle_(handle) {
    }
    void check(linas_status status) const {
        detail::check(*state_, status);
    }

    detail::shared_pointer state_;
    std::size_t variables_;
    detail::owner<linas_predictor, linas_predictor_destroy> handle_;
};

/** A journal in a place of the host's own. Derive from it. */
class storage {
  public:
    virtual ~storage() = default;
    /** Add bytes at the end. */
    virtual void append(std::string_view bytes) = 0;
    /** Make durable what was appended. */
    virtual void sync() {
    }
    /** Hand all bytes to `take`, in pieces of any length. */
    virtual void read(const std::function<void(std::string_view)> &take) = 0;
};

namespace detail {

struct storage_bridge {
    shared *state;
    storage *target;

    linas_storage callbacks() noexcept {
        linas_storage made;
        linas_storage_init(&made);
        made.append = append;
        made.sync = sync;
        made.iterate = iterate;
        made.user_data = this;
        return made;
    }
    static std::int32_t append(void *data, const void *bytes, std::size_t length) {
        auto *self = static_cast<storage_bridge *>(data);
        return guard(*self->state, [&] {
            self->target->append(std::string_view(static_cast<const char *>(bytes), length));
            return 0;
        });
    }
    static std::int32_t sync(void *data) {
        auto *self = static_cast<storage_bridge *>(data);
        return guard(*self->state, [&] {
            self->target->sync();
            return 0;
        });
    }
    static std::int32_t iterate(void *data, linas_take_fn take, void *take_data) {
        auto *self = static_cast<storage_bridge *>(data);
        return guard(*self->state, [&] {
            std::int32_t code = 0;
            self->target->read([&](std::string_view piece) {
                if (code == 0)
                    code = take(take_data, piece.data(), piece.size());
            });
            return code;
        });
    }
};

} // namespace detail

/** Settings of a search; every other member as in linas_search_options. */
struct search_options {
    search_options() noexcept {
        linas_search_options_init(&c);
    }
    linas_search_options c;
    std::string journal; /**< path; empty: none */
    /** Called after every answer. */
    std::function<void(const linas_progress &)> progress;
    /** One for each objective, nullptr for the library's own; they must outlive the search. */
    std::vector<predictor *> predictors;
    linas::storage *storage = nullptr; /**< instead of a file; must outlive the search */
};

/** A proposal to be measured. */
struct trial {
    std::uint64_t id;
    genome genes;
};

/** A search. */
class search {
  public:
    search(const space &of, const std::vector<objective> &objectives,
           const search_options &options = {})
        : state_(of.state()), inner_(std::make_unique<inner>()) {
        std::vector<linas_objective> table = objective_table(objectives, of.variables());
        linas_search_options settings = options.c;
        std::vector<linas_predictor *> own = set_up(options, settings);
        linas_search *made = nullptr;
        check(linas_search_create(state_->context.get(), of.get(), table.data(), table.size(),
                                  &settings, &made));
        adopt(made);
    }
    /** A journal, for reading. */
    static search open_journal(const context &owner, const std::string &path) {
        linas_search *made = nullptr;
        detail::check(*owner.state(), linas_search_open_journal(owner.get(), path.c_str(), &made));
        return search(owner.state(), made);
    }
    static search open_storage(const context &owner, storage &from) {
        detail::storage_bridge bridge{owner.state().get(), &from};
        linas_storage callbacks = bridge.callbacks();
        linas_search *made = nullptr;
        detail::check(*owner.state(), linas_search_open_storage(owner.get(), &callbacks, &made));
        return search(owner.state(), made);
    }

    /** To the end. What `evaluate` throws ends the call; calling again continues. */
    void run(const std::function<void(candidate &)> &evaluate) {
        run(evaluate, nullptr);
    }
    /** With a second function for the device, called when the first has succeeded. */
    void run(const std::function<void(candidate &)> &evaluate,
             const std::function<void(candidate &)> &measure_latency) {
        host first{state_.get(), &evaluate};
        host second{state_.get(), &measure_latency};
        linas_evaluator evaluator;
        linas_evaluator_init(&evaluator);
        evaluator.evaluate = host::call;
        evaluator.evaluate_data = &first;
        if (measure_latency) {
            evaluator.measure_latency = host::call;
            evaluator.latency_data = &second;
        }
        check(linas_search_run(get(), &evaluator));
    }
    /** With so many threads that call `evaluate`, which must be made for that. The first exception
     * ends the call; inside, what fails says so by its status alone. */
    void run(const std::function<void(candidate &)> &evaluate, std::uint32_t threads) {
        std::mutex lock;
        crew all{state_.get(), &evaluate, &lock};
        linas_evaluator evaluator;
        linas_evaluator_init(&evaluator);
        evaluator.evaluate = crew::call;
        evaluator.evaluate_data = &all;
        evaluator.flags = LINAS_EVALUATOR_THREAD_SAFE;
        evaluator.threads = threads;
        check(linas_search_run(get(), &evaluator));
    }
    /** Up to `count` proposals; none when it has ended or waits for answers. */
    std::vector<trial> ask(std::size_t count = 1) {
        std::vector<std::uint64_t> ids(count);
        genome genes(count * variables_);
        std::size_t found = 0;
        check(linas_search_ask(get(), count, ids.data(), genes.data(), &found));
        std::vector<trial> trials;
        trials.reserve(found);
        for (std::size_t i = 0; i < found; i++) {
            const std::int32_t *row = genes.data() + i * variables_;
            trials.push_back({ids[i], genome(row, row + variables_)});
        }
        return trials;
    }
    void tell(std::uint64_t id, span<const double> values) {
        check(linas_search_tell(get(), id, values.data(), values.size()));
    }
    void tell_failed(std::uint64_t id, const std::string &reason,
                     std::int32_t outcome = LINAS_EVALUATION_FAILED) {
        check(linas_search_tell_failed(get(), id, outcome, reason.c_str()));
    }
    /** Without an answer: it is handed out again. */
    void give_back(std::uint64_t id) {
        check(linas_search_give_back(get(), id));
    }
    void sync() {
        check(linas_search_sync(get()));
    }
    /** From any thread or signal handler. */
    void request_stop() noexcept {
        linas_search_request_stop(get());
    }
    std::int32_t stop_reason() const noexcept {
        return linas_search_stop_reason(get());
    }
    std::uint64_t evaluations() const noexcept {
        return linas_search_evaluations(get());
    }
    std::uint64_t outstanding() const noexcept {
        return linas_search_outstanding(get());
    }
    /** Earlier measurements: for every genome of `rows` a value for each of the named objectives,
     * NaN where there is none. */
    void import_measurements(span<const std::int32_t> rows, const std::vector<std::string> &names,
                             span<const double> values) {
        linas_measurements known;
        linas_measurements_init(&known);
        std::vector<const char *> texts;
        for (const std::string &name : names)
            texts.push_back(name.c_str());
        known.objectives = static_cast<std::uint32_t>(names.size());
        known.rows = rows.size() / variables_;
        detail::same_size(rows.size(), static_cast<std::size_t>(known.rows) * variables_,
                          "imported genomes");
        detail::same_size(values.size(), static_cast<std::size_t>(known.rows) * names.size(),
                          "imported values");
        known.genomes = rows.data();
        known.names = texts.data();
        known.values = values.data();
        check(linas_search_import(get(), &known));
    }
    /** How many of the evaluations were imported: the first. */
    std::uint64_t imported() const noexcept {
        return linas_search_imported(get());
    }
    /** What the import knows of a candidate: one value per objective, NaN where it is to be
     * measured. */
    std::vector<double> known(std::uint64_t id) const {
        std::vector<double> values(objectives_);
        check(linas_search_known(get(), id, values.data()));
        return values;
    }
    linas::evaluation evaluation(std::uint64_t index) const {
        linas_evaluation one = LINAS_EVALUATION_INIT;
        check(linas_search_evaluation(get(), index, &one));
        return view(one);
    }
    /** When nothing feasible was measured: what breaks the limits least. */
    linas::evaluation least_infeasible() const {
        linas_evaluation one = LINAS_EVALUATION_INIT;
        check(linas_search_least_infeasible(get(), &one));
        return view(one);
    }
    linas_drift drift(std::size_t objective) const {
        linas_drift found = LINAS_DRIFT_INIT;
        check(linas_search_drift(get(), objective, &found));
        return found;
    }
    std::vector<double> reference() const {
        std::vector<double> point(objectives_);
        check(linas_search_reference(get(), point.data()));
        return point;
    }
    void set_reference(span<const double> point) {
        detail::same_size(point.size(), objectives_, "reference point");
        check(linas_search_set_reference(get(), point.data()));
    }
    double hypervolume() const {
        double found = 0;
        check(linas_search_hypervolume(get(), &found));
        return found;
    }
    linas::front front() const {
        linas_front *made = nullptr;
        check(linas_search_front(get(), &made));
        return linas::front(state_, made, variables_, objectives_);
    }
    std::size_t objectives() const noexcept {
        return objectives_;
    }
    /** Name, unit and direction. */
    linas::objective objective(std::size_t index) const {
        const char *name = "";
        const char *unit = "";
        std::int32_t direction = 0;
        check(linas_search_objective(get(), index, &name, &unit, &direction));
        linas::objective found = maximize(name, unit);
        found.direction = direction;
        return found;
    }
    /** The search's space, for the functions of the C API. */
    const linas_space *space_handle() const noexcept {
        return linas_search_space(get());
    }
    linas_search *get() const noexcept {
        return handle_.get();
    }

  private:
    using compute_function = std::function<void(genome_view, span<double>)>;

    /** What the C side points at: it stays where it is when the search is moved. */
    struct computed {
        detail::shared *state;
        std::size_t variables;
        compute_function function;

        static std::int32_t call(void *data, const std::int32_t *genomes, std::size_t rows,
                                 double *values) {
            auto *self = static_cast<computed *>(data);
            return detail::guard(*self->state, [&] {
                self->function(genome_view(genomes, rows * self->variables),
                               span<double>(values, rows));
                return 0;
            });
        }
    };
    struct inner {
        detail::shared *state = nullptr;
        std::vector<std::unique_ptr<computed>> computes;
        std::function<void(const linas_progress &)> progress;
        detail::storage_bridge bridge{nullptr, nullptr};

        static std::int32_t report(void *data, const linas_progress *now) {
            auto *self = static_cast<inner *>(data);
            return detail::guard(*self->state, [&] {
                self->progress(*now);
                return 0;
            });
        }
    };
    struct host {
        detail::shared *state;
        const std::function<void(candidate &)> *function;

        static std::int32_t call(void *data, linas_candidate *handle) {
            auto *self = static_cast<host *>(data);
            return detail::guard(*self->state, [&] {
                candidate one(*self->state, handle);
                (*self->function)(one);
                return 0;
            });
        }
    };

    /** Each call has a state of its own; the first exception waits in that of the search. */
    struct crew {
        detail::shared *state;
        const std::function<void(candidate &)> *function;
        std::mutex *lock;

        static std::int32_t call(void *data, linas_candidate *handle) {
            auto *self = static_cast<crew *>(data);
            detail::shared own;
            std::int32_t code = detail::guard(own, [&] {
                candidate one(own, handle);
                (*self->function)(one);
                return 0;
            });
            if (own.thrown) {
                std::lock_guard<std::mutex> hold(*self->lock);
                if (!self->state->thrown)
                    self->state->thrown = own.thrown;
            }
            return code;
        }
    };

    search(detail::shared_pointer state, linas_search *handle)
        : state_(std::move(state)), inner_(std::make_unique<inner>()) {
        adopt(handle);
    }
    void adopt(linas_search *made) {
        handle_.reset(made);
        objectives_ = linas_search_objectives(made);
        variables_ = linas_space_variables(linas_search_space(made));
    }
    std::vector<linas_objective> objective_table(const std::vector<linas::objective> &given,
                                                 std::size_t variables) {
        std::vector<linas_objective> table(given.size());
        for (std::size_t i = 0; i < given.size(); i++) {
            linas_objective_init(&table[i], given[i].direction, given[i].name.c_str(),
                                 given[i].unit.c_str());
            table[i].upper_limit = given[i].at_most;
            table[i].lower_limit = given[i].at_least;
            if (given[i].compute) {
                inner_->computes.push_back(std::make_unique<computed>(
                    computed{state_.get(), variables, given[i].compute}));
                table[i].compute = computed::call;
                table[i].compute_data = inner_->computes.back().get();
            }
        }
        return table;
    }
    std::vector<linas_predictor *> set_up(const search_options &options,
                                          linas_search_options &settings) {
        inner_->state = state_.get();
        if (!options.journal.empty())
            settings.journal = options.journal.c_str();
        if (options.progress) {
            inner_->progress = options.progress;
            settings.progress = inner::report;
            settings.progress_data = inner_.get();
        }
        if (options.storage) {
            inner_->bridge = {state_.get(), options.storage};
            callbacks_ = inner_->bridge.callbacks();
            settings.storage = &callbacks_;
        }
        std::vector<linas_predictor *> own;
        for (predictor *one : options.predictors)
            own.push_back(one ? one->get() : nullptr);
        if (!own.empty())
            settings.predictors = own.data();
        return own;
    }
    linas::evaluation view(const linas_evaluation &one) const {
        return {one.id, one.outcome, genome_view(one.genome, variables_),
                span<const double>(one.values, objectives_), one.reason ? one.reason : ""};
    }
    void check(linas_status status) const {
        detail::check(*state_, status);
    }

    detail::shared_pointer state_;
    std::unique_ptr<inner> inner_;
    linas_storage callbacks_ = LINAS_STORAGE_INIT;
    detail::owner<linas_search, linas_search_destroy> handle_;
    std::size_t objectives_ = 0;
    std::size_t variables_ = 0;
};

/** Options of the engine with their defaults. */
inline linas_nsga2_options nsga2_options() noexcept {
    linas_nsga2_options options;
    linas_nsga2_options_init(&options);
    return options;
}

/** NSGA-II by ask and tell; every objective is minimised. */
class nsga2 {
  public:
    struct individual {
        genome genes;
        std::vector<double> objectives;
        std::uint32_t rank = 0;
        double crowding = 0;
    };

    explicit nsga2(const space &of, const linas_nsga2_options &options = nsga2_options())
        : state_(of.state()), variables_(of.variables()), options_(options) {
        linas_nsga2 *made = nullptr;
        check(linas_nsga2_create(of.get(), &options, &made));
        handle_.reset(made);
    }
    void seed(genome_view genomes) {
        check(
            linas_nsga2_seed(get(), genomes.data(), variables_ ? genomes.size() / variables_ : 0));
    }
    std::size_t population() const noexcept {
        return linas_nsga2_population(get());
    }
    std::uint64_t generation() const noexcept {
        return linas_nsga2_generation(get());
    }
    /** The next individuals, one after another in one vector. */
    genome ask() {
        genome rows(population() * variables_);
        std::size_t count = 0;
        check(linas_nsga2_ask(get(), rows.data(), &count));
        rows.resize(count * variables_);
        return rows;
    }
    void tell(span<const double> objectives, span<const double> violations = {}) {
        check(linas_nsga2_tell(get(), objectives.data(),
                               violations.empty() ? nullptr : violations.data(),
                               objectives.size() / options_.objectives));
    }
    std::size_t size() const noexcept {
        return linas_nsga2_size(get());
    }
    individual operator[](std::size_t index) const {
        individual one{genome(variables_), std::vector<double>(options_.objectives), 0, 0};
        check(linas_nsga2_individual(get(), index, one.genes.data(), one.objectives.data(),
                                     &one.rank, &one.crowding));
        return one;
    }
    std::string save() const {
        return detail::text(
            *state_,
            [&](char *buffer, std::size_t capacity, std::size_t *needed) {
                return linas_nsga2_save(get(), buffer, capacity, needed);
            },
            false);
    }
    void load(std::string_view bytes) {
        check(linas_nsga2_load(get(), bytes.data(), bytes.size()));
    }
    linas_nsga2 *get() const noexcept {
        return handle_.get();
    }

  private:
    void check(linas_status status) const {
        detail::check(*state_, status);
    }

    detail::shared_pointer state_;
    std::size_t variables_;
    linas_nsga2_options options_;
    detail::owner<linas_nsga2, linas_nsga2_destroy> handle_;
};

/** Mutually non-dominated points, every objective minimised, each with a tag. */
class archive {
  public:
    archive(const context &owner, std::size_t objectives)
        : state_(owner.state()), objectives_(objectives) {
        linas_archive *made = nullptr;
        detail::check(*state_, linas_archive_create(owner.get(), objectives, &made));
        handle_.reset(made);
    }
    /** Did it enter? */
    bool add(span<const double> point, std::uint64_t tag = 0) {
        detail::same_size(point.size(), objectives_, "point");
        std::int32_t entered = 0;
        detail::check(*state_, linas_archive_add(handle_.get(), point.data(), tag, &entered));
        return entered == 1;
    }
    std::size_t size() const noexcept {
        return linas_archive_size(handle_.get());
    }
    /** From here on the hypervolume below this point is kept up to date. */
    void set_reference(span<const double> point) {
        detail::same_size(point.size(), objectives_, "reference point");
        detail::check(*state_, linas_archive_set_reference(handle_.get(), point.data()));
    }
    double hypervolume() const {
        double found = 0;
        detail::check(*state_, linas_archive_hypervolume(handle_.get(), &found));
        return found;
    }
    std::pair<std::vector<double>, std::uint64_t> operator[](std::size_t index) const {
        std::pair<std::vector<double>, std::uint64_t> member{std::vector<double>(objectives_), 0};
        detail::check(*state_,
                      linas_archive_get(handle_.get(), index, member.first.data(), &member.second));
        return member;
    }

  private:
    detail::shared_pointer state_;
    std::size_t objectives_;
    detail::owner<linas_archive, linas_archive_destroy> handle_;
};

/** -1: `a` dominates `b`; 1: `b` dominates `a`; 0: neither. */
inline std::int32_t pareto_compare(span<const double> a, span<const double> b) {
    detail::same_size(b.size(), a.size(), "points");
    return linas_pareto_compare(a.data(), b.data(), a.size());
}
/** Ranks of rows of `objectives` numbers, 0 for the first front. */
inline std::vector<std::uint32_t> pareto_rank(const context &owner, span<const double> points,
                                              std::size_t objectives) {
    std::vector<std::uint32_t> ranks(objectives ? points.size() / objectives : 0);
    detail::check(*owner.state(), linas_pareto_rank(owner.get(), points.data(), ranks.size(),
                                                    objectives, ranks.data(), nullptr));
    return ranks;
}
inline std::vector<double> pareto_crowding(const context &owner, span<const double> points,
                                           std::size_t objectives) {
    std::vector<double> distances(objectives ? points.size() / objectives : 0);
    detail::check(*owner.state(),
                  linas_pareto_crowding(owner.get(), points.data(), distances.size(), objectives,
                                        distances.data()));
    return distances;
}
/** Hypervolume of rows of as many numbers as the reference point has. */
inline double hypervolume(const context &owner, span<const double> points,
                          span<const double> reference) {
    double found = 0;
    detail::check(*owner.state(),
                  linas_hypervolume(owner.get(), points.data(),
                                    reference.size() ? points.size() / reference.size() : 0,
                                    reference.size(), reference.data(), &found));
    return found;
}

inline double metric_mape(span<const double> truth, span<const double> predicted) {
    detail::same_size(predicted.size(), truth.size(), "predictions");
    return linas_metric_mape(truth.data(), predicted.data(), truth.size());
}
inline double metric_rmse(span<const double> truth, span<const double> predicted) {
    detail::same_size(predicted.size(), truth.size(), "predictions");
    return linas_metric_rmse(truth.data(), predicted.data(), truth.size());
}
inline double metric_kendall_tau(const context &owner, span<const double> a, span<const double> b) {
    detail::same_size(b.size(), a.size(), "numbers");
    double found = 0;
    detail::check(*owner.state(),
                  linas_metric_kendall_tau(owner.get(), a.data(), b.data(), a.size(), &found));
    return found;
}
inline double metric_spearman(const context &owner, span<const double> a, span<const double> b) {
    detail::same_size(b.size(), a.size(), "numbers");
    double found = 0;
    detail::check(*owner.state(),
                  linas_metric_spearman(owner.get(), a.data(), b.data(), a.size(), &found));
    return found;
}

} // namespace linas
#endif

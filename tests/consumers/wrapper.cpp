// SPDX-License-Identifier: Apache-2.0
// Everything in linas.hpp, used once at least. usage: wrapper FOLDER; prints what is wrong.
#include <linas/linas.hpp>

#include <cmath>
#include <cstdio>
#include <map>
#include <thread>

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            failures++;                                                                            \
            std::printf("line %d: %s\n", __LINE__, #condition);                                    \
        }                                                                                          \
    } while (0)

template <class Exception, class Function> static bool throws(Function &&function) {
    try {
        function();
    } catch (const Exception &) {
        return true;
    }
    return false;
}

template <class Function> static linas_status status_of(Function &&function) {
    try {
        function();
    } catch (const linas::error &failed) {
        return *failed.what() ? failed.status() : 12345;
    }
    return LINAS_OK;
}

static_assert(!std::is_copy_constructible_v<linas::space>);
static_assert(!std::is_copy_constructible_v<linas::search>);
static_assert(std::is_nothrow_move_constructible_v<linas::space>);
static_assert(std::is_nothrow_move_constructible_v<linas::search>);
static_assert(std::is_nothrow_move_constructible_v<linas::front>);
static_assert(std::is_nothrow_move_constructible_v<linas::predictor>);
static_assert(std::is_nothrow_move_constructible_v<linas::nsga2>);
static_assert(std::is_nothrow_move_constructible_v<linas::archive>);

static linas::space small(const linas::context &context) {
    linas::space made(context);
    made.add("ks", 4, {3, 5, 7}).add("d", 1, {2, 3, 4}, LINAS_ORDINAL);
    for (std::size_t slot = 0; slot < 4; slot++)
        made.active_if_above("ks", slot, "d", 0, static_cast<double>(slot));
    return made;
}

static double top1(linas::genome_view genes) {
    double sum = 60;
    for (std::size_t i = 0; i < genes.size(); i++)
        sum += genes[i] * (1.0 + 0.25 * static_cast<double>(i));
    return sum;
}

static double latency(linas::genome_view genes) {
    double sum = 5;
    for (std::int32_t gene : genes)
        sum += gene * gene;
    return sum;
}

static void measure(linas::candidate &one) {
    one.set("top1", top1(one.genes()));
    one.set("latency", latency(one.genes()));
}

static std::vector<linas::objective> goals() {
    return {linas::maximize("top1", "%"), linas::minimize("latency", "ms")};
}

static linas::search_options budget(std::uint64_t evaluations) {
    linas::search_options options;
    options.c.evaluations = evaluations;
    return options;
}

static void spaces() {
    linas::context context;
    CHECK(linas::version() == LINAS_VERSION_STRING);
    CHECK(linas::build_info().find("licence=") != std::string_view::npos);
    CHECK(linas::status_name(LINAS_ERROR_PARSE) == "LINAS_ERROR_PARSE");
    CHECK(!linas::status_text(LINAS_OK).empty() && !linas::stop_text(LINAS_STOP_TIME).empty());
    CHECK(linas::space::presets().size() > 3);
    linas::space preset = linas::space::preset(context, "ofa-mobilenetv3");
    CHECK(preset.variables() == 45 && preset.groups() == 3);
    CHECK(status_of([&] { linas::space::preset(context, "none"); }) == LINAS_ERROR_UNKNOWN_NAME);
    linas::space space = small(context);
    linas::space moved = std::move(space);
    CHECK(moved.variables() == 5 && moved.raw_cardinality() == 243);
    CHECK(moved.effective_cardinality() == 117);
    CHECK(moved.group(1).name == "d" && moved.group(1).order == LINAS_ORDINAL);
    CHECK(moved.find_group("d") == 1 && moved.value_count(4) == 3);
    CHECK(moved.value_int(0, 2) == 7 && moved.value_real(0, 2) == 7);
    CHECK(status_of([&] { moved.value_string(0, 0); }) == LINAS_ERROR_INVALID_ARGUMENT);
    CHECK(status_of([&] { moved.group(2); }) == LINAS_ERROR_OUT_OF_RANGE);
    CHECK(status_of([&] {
              moved.check_genome(linas::genome{0, 0});
          }) == LINAS_ERROR_INVALID_ARGUMENT);
    linas::genome deep{1, 2, 2, 2, 0};
    CHECK((moved.canonical(deep) == linas::genome{1, 2, 0, 0, 0}));
    CHECK(moved.active(deep)[3] == 0 && moved.active(deep)[1] == 1);
    CHECK(moved.hash(deep) == moved.hash(moved.canonical(deep)));
    CHECK(moved.is_feasible(deep));
    CHECK(moved.sample(10, 1).size() == 50 && moved.sample(1000, 1).size() == 117 * 5);
    CHECK(moved.sample(1000, 1, LINAS_SAMPLE_UNIFORM, moved.sample(7, 1)).size() == 110 * 5);
    CHECK(moved.config_from_json(moved.config_to_json(deep)) == deep);
    linas::space again = linas::space::from_json(context, moved.to_json());
    CHECK(again.fingerprint() == moved.fingerprint());
    CHECK(status_of([&] { linas::space::from_json(context, "{"); }) == LINAS_ERROR_PARSE);
}

static void more_spaces() {
    linas::context context;
    linas::space space(context);
    std::vector<std::string> names{"x", "y"};
    std::array<std::int64_t, 2> wide{1, 2};
    space.add("op", 1, {"none", "conv"})
        .add("w", 2, {0.5, 1.5})
        .add("n", 1, names)
        .add("i", 1, wide);
    const std::int32_t conv[] = {1};
    space.active_if_in("w", 0, "op", 0, conv).same_value("i", 0, 0, 1);
    CHECK(space.value_string(0, 1) == "conv" && space.value_real(1, 1) == 1.5);
    CHECK((space.canonical(linas::genome{0, 1, 1, 1, 1}) == linas::genome{0, 0, 1, 1, 0}));
    struct refused {};
    space.set_feasible([](linas::genome_view genes) -> bool {
        if (genes[3] == 1)
            throw refused();
        return true;
    });
    CHECK(throws<refused>([&] { space.is_feasible(linas::genome{0, 0, 0, 1, 0}); }));
    CHECK(space.is_feasible(linas::genome{0, 0, 0, 0, 0}));
    CHECK(throws<refused>([&] { space.sample(100, 1); }));
    linas::space unbound(context);
    unbound.add("a", 1, {1, 2}).set_feasible([](linas::genome_view) { return false; });
    unbound.set_feasible(nullptr);
    CHECK(unbound.is_feasible(linas::genome{0}));
}

static void callbacks() {
    linas::context context;
    linas::space space = small(context);
    std::size_t calls = 0;
    linas::search_options options = budget(40);
    options.progress = [&](const linas_progress &now) { calls = now.evaluations; };
    linas::search search(space, goals(), options);
    int told = 0;
    struct enough : std::runtime_error {
        enough() : std::runtime_error("enough") {
        }
    };
    CHECK(throws<enough>([&] {
        search.run([&](linas::candidate &one) {
            if (++told == 5)
                throw enough();
            CHECK(one.get_int("d") >= 2 && one.genes().size() == 5 && one.id() < 40);
            measure(one);
        });
    }));
    CHECK(search.evaluations() == 4 && search.outstanding() == 1);
    linas::search moved = std::move(search);
    moved.run([](linas::candidate &one) { one.set("top1", top1(one.genes())); },
              [](linas::candidate &one) { one.set("latency", latency(one.genes())); });
    CHECK(moved.stop_reason() == LINAS_STOP_EVALUATIONS && calls == 40);
    linas::front front = moved.front();
    CHECK(!front.empty() && front.size() > 2 && moved.hypervolume() > 0);
    double last = 1e9;
    std::size_t seen = 0;
    for (linas::evaluation member : front) {
        CHECK(member.values[0] < last && member.values[0] == top1(member.genes));
        last = member.values[0];
        seen++;
    }
    CHECK(seen == front.size());
    CHECK(status_of([&] { front[front.size()]; }) == LINAS_ERROR_OUT_OF_RANGE);
    CHECK(moved.reference().size() == 2 && moved.objectives() == 2);
    CHECK(moved.objective(1).name == "latency" && moved.objective(1).unit == "ms");
    CHECK(moved.objective(1).direction == LINAS_DIRECTION_MINIMIZE);
    CHECK(linas_space_variables(moved.space_handle()) == 5);
}

static void outcomes() {
    linas::context context;
    linas::search search(small(context), goals(), budget(8));
    search.run([&](linas::candidate &one) {
        switch (one.id() % 5) {
        case 0:
            return one.fail("a");
        case 1:
            return one.infeasible("b");
        case 2:
            return one.time_out("c");
        case 3:
            return one.cancel("d");
        default:
            CHECK(status_of([&] { one.set("energy", 1); }) == LINAS_ERROR_UNKNOWN_NAME);
            CHECK(status_of([&] { one.get_real("ks", 9); }) == LINAS_ERROR_OUT_OF_RANGE);
            CHECK(status_of([&] { one.get_string("ks"); }) == LINAS_ERROR_INVALID_ARGUMENT);
            return measure(one);
        }
    });
    const std::int32_t wanted[] = {LINAS_EVALUATION_FAILED, LINAS_EVALUATION_INFEASIBLE,
                                   LINAS_EVALUATION_TIMED_OUT, LINAS_EVALUATION_CANCELLED,
                                   LINAS_EVALUATION_OK};
    for (std::uint64_t i = 0; i < 5; i++)
        CHECK(search.evaluation(i).outcome == wanted[i]);
    CHECK(search.evaluation(2).reason == "c" && search.least_infeasible().id == 4);
    CHECK(search.drift(0).measurements == 1);
}

/* A new device: accuracies are known, latencies are measured. */
static void imports() {
    linas::context context;
    linas::space space = small(context);
    linas::search first(space, goals(), budget(12)), second(space, goals(), budget(12));
    first.run(measure);
    std::vector<std::int32_t> genes;
    std::vector<double> values;
    for (std::uint64_t i = 0; i < 12; i++) {
        linas::evaluation one = first.evaluation(i);
        genes.insert(genes.end(), one.genes.begin(), one.genes.end());
        values.push_back(one.values[0]);
    }
    CHECK(status_of([&] { second.import_measurements(genes, {"energy"}, values); }) ==
          LINAS_ERROR_UNKNOWN_NAME);
    second.import_measurements(genes, {"top1"}, values);
    CHECK(second.imported() == 0);
    int spared = 0;
    second.run([&](linas::candidate &one) {
        double known = one.known("top1");
        spared += known == known;
        if (known != known)
            one.set("top1", top1(one.genes()));
        one.set("latency", latency(one.genes()));
    });
    CHECK(spared >= 6 && second.evaluations() == 12);
    CHECK(second.known(0)[0] == second.evaluation(0).values[0]);
    for (std::uint64_t i = 0; i < 12; i++)
        CHECK(second.evaluation(i).values[0] == top1(second.evaluation(i).genes));
}

/* Without what the tests need here it is not used, and a search that fails to start leaks nothing.
 */
static void wrong_searches() {
    linas::context context;
    linas::space space = small(context);
    CHECK(status_of([&] { linas::search(space, {}); }) == LINAS_ERROR_INVALID_ARGUMENT);
    CHECK(status_of([&] { linas::search(space, goals(), budget(0)); }) ==
          LINAS_ERROR_INVALID_ARGUMENT);
    linas::search search(space, goals());
    CHECK(status_of([&] { search.reference(); }) == LINAS_ERROR_WRONG_ORDER);
    CHECK(status_of([&] { search.tell(7, {1.0, 2.0}); }) == LINAS_ERROR_UNKNOWN_ID);
    search.set_reference({0.0, 100.0});
    CHECK(search.reference()[1] == 100);
}

static void ask_and_tell() {
    linas::context context;
    linas::search search(small(context), goals(), budget(30));
    for (std::vector<linas::trial> trials; !(trials = search.ask(3)).empty();)
        for (const linas::trial &one : trials) {
            if (one.id == 1)
                search.tell_failed(one.id, "broken");
            else
                search.tell(one.id, {top1(one.genes), latency(one.genes)});
        }
    CHECK(search.evaluations() == 30 && search.evaluation(1).reason == "broken");
    linas::search_options asynchronous = budget(30);
    asynchronous.c.outstanding = 4;
    linas::search lively(small(context), goals(), asynchronous);
    std::vector<linas::trial> out = lively.ask(9);
    CHECK(out.size() == 4);
    lively.give_back(out[1].id);
    CHECK(lively.outstanding() == 3 && lively.ask(9).at(0).id == out[1].id);
    linas::search crowded(small(context), goals(), budget(30));
    auto slowly = [](linas::candidate &one) {
        one.set("top1", top1(one.genes()));
        one.set("latency", latency(one.genes()));
        if (one.id() == 9)
            throw std::out_of_range("nine");
    };
    bool thrown = false;
    try {
        crowded.run(slowly, 3);
    } catch (const std::out_of_range &) {
        thrown = true;
    }
    CHECK(thrown && crowded.outstanding() == 1);
    linas::search other(small(context), goals());
    std::thread([&] { other.request_stop(); }).join();
    CHECK(other.ask().empty() && other.stop_reason() == LINAS_STOP_REQUESTED);
}

static void computed_objectives() {
    linas::context context;
    std::vector<linas::objective> computed = goals();
    bool broken = false;
    computed[1].compute = [&](linas::genome_view genomes, linas::span<double> values) {
        if (broken)
            throw std::logic_error("broken");
        for (std::size_t i = 0; i < values.size(); i++)
            values[i] = latency(genomes.subspan(5 * i, 5));
    };
    computed[1].at_most = 12;
    linas::search search(small(context), computed, budget(40));
    auto half = [](linas::candidate &one) { one.set("top1", top1(one.genes())); };
    search.run(half);
    for (linas::evaluation member : search.front())
        CHECK(member.values[1] == latency(member.genes) && member.values[1] <= 12);
    linas::search failing(small(context), computed, budget(40));
    broken = true;
    CHECK(throws<std::logic_error>([&] { failing.run(half); }));
}

class memory : public linas::storage {
  public:
    void append(std::string_view bytes) override {
        if (full)
            throw std::bad_alloc();
        text += bytes;
    }
    void read(const std::function<void(std::string_view)> &take) override {
        for (std::size_t i = 0; i < text.size(); i += 1000)
            take(std::string_view(text).substr(i, 1000));
    }
    std::string text;
    bool full = false;
};

static void journals(const std::string &folder) {
    linas::context context;
    linas::search_options options = budget(20);
    options.journal = folder + "/wrapper.jsonl";
    std::remove(options.journal.c_str());
    {
        linas::search search(small(context), goals(), options);
        search.run(measure);
        search.sync();
    }
    linas::search read = linas::search::open_journal(context, options.journal);
    CHECK(read.evaluations() == 20 && read.front().size() > 0);
    CHECK(status_of([&] { linas::search::open_journal(context, folder + "/none"); }) ==
          LINAS_ERROR_IO);
    memory kept;
    linas::search_options elsewhere = budget(20);
    elsewhere.storage = &kept;
    linas::search search(small(context), goals(), elsewhere);
    search.run(measure);
    CHECK(linas::search::open_storage(context, kept).evaluations() == 20);
    memory full;
    elsewhere.storage = &full;
    linas::search lost(small(context), goals(), elsewhere);
    full.full = true;
    CHECK(throws<std::bad_alloc>([&] { lost.run(measure); }));
}

static void predictors() {
    linas::context context;
    linas::space space = small(context);
    linas::genome rows = space.sample(60, 1);
    std::vector<double> targets(60), means(60), deviations(60);
    for (std::size_t i = 0; i < 60; i++)
        targets[i] = top1(linas::genome_view(rows).subspan(5 * i, 5));
    linas_predictor_options options = linas::predictor_options();
    options.model = LINAS_PREDICTOR_RIDGE;
    linas::predictor ridge(space, options);
    CHECK(status_of([&] { ridge.predict(rows, means); }) == LINAS_ERROR_NOT_FITTED);
    ridge.fit(rows, targets);
    ridge.predict(rows, means, deviations);
    CHECK(linas::metric_kendall_tau(context, means, targets) > 0.9);
    CHECK(linas::metric_spearman(context, means, targets) > 0.9);
    CHECK(linas::metric_rmse(means, targets) < 3 && linas::metric_mape(targets, means) < 3);
    CHECK(ridge.quality().rows == 60 && deviations[0] > 0);
    std::vector<double> again(60);
    linas::predictor::load(space, ridge.save()).predict(rows, again);
    CHECK(again == means);

    int fits = 0;
    bool broken = false;
    linas::predictor own(
        space, [&](linas::genome_view, linas::span<const double>) { fits++; },
        [&](linas::genome_view genomes, linas::span<double> out, linas::span<double> spread) {
            if (broken)
                throw std::domain_error("broken");
            for (std::size_t i = 0; i < out.size(); i++)
                out[i] = top1(genomes.subspan(5 * i, 5));
            for (double &one : spread)
                one = 1;
        });
    linas::search_options settings = budget(40);
    settings.predictors = {&own, nullptr};
    linas::search search(space, goals(), settings);
    search.run(measure);
    CHECK(fits > 0);
    broken = true;
    CHECK(throws<std::domain_error>([&] { own.predict(rows, means); }));
}

static void engine() {
    linas::context context;
    linas::space space = small(context);
    linas_nsga2_options options = linas::nsga2_options();
    options.population = 10;
    options.constraints = 1;
    linas::nsga2 one(space, options);
    one.seed(linas::genome{2, 2, 2, 2, 2});
    linas::genome rows = one.ask();
    CHECK(rows[0] == 2 && rows.size() == 50);
    std::vector<double> values, violations(10);
    for (std::size_t i = 0; i < 10; i++) {
        linas::genome_view genes = linas::genome_view(rows).subspan(5 * i, 5);
        values.insert(values.end(), {-top1(genes), latency(genes)});
    }
    one.tell(values, violations);
    CHECK(one.generation() == 1 && one.size() == 10 && one.population() == 10);
    CHECK(one[0].rank == 0 && one[0].genes.size() == 5);
    linas::nsga2 other(space, options);
    other.load(one.save());
    CHECK(other.ask() == one.ask());
}

static void pareto() {
    linas::context context;
    const double points[] = {1, 3, 2, 2, 3, 1, 3, 3};
    CHECK(linas::pareto_compare({1.0, 1.0}, {1.0, 2.0}) == -1);
    CHECK((linas::pareto_rank(context, points, 2) == std::vector<std::uint32_t>{0, 0, 0, 1}));
    CHECK(std::isinf(linas::pareto_crowding(context, points, 2)[0]));
    CHECK(linas::hypervolume(context, points, {4.0, 4.0}) == 6);
    CHECK(status_of([&] { linas::pareto_rank(context, {NAN, 1.0}, 2); }) == LINAS_ERROR_NOT_FINITE);
    linas::archive archive(context, 2);
    CHECK(archive.add({1.0, 2.0}, 7) && !archive.add({1.0, 3.0}));
    archive.set_reference({3.0, 3.0});
    CHECK(archive.hypervolume() == 2);
    CHECK(archive.size() == 1 && archive[0].second == 7 && archive[0].first[1] == 2);
}

static void logs() {
    std::map<std::int32_t, int> levels;
    bool broken = false;
    linas::context context(1, [&](std::int32_t level, std::string_view message) {
        levels[level] += !message.empty();
        if (broken)
            throw std::range_error("broken");
    });
    linas::search search(small(context), goals(), budget(40));
    search.run(measure);
    CHECK(!levels.empty());
    broken = true;
    linas::search failing(small(context), goals(), budget(40));
    CHECK(throws<std::range_error>([&] { failing.run(measure); }));
}

// Objects outlive the context object and the space that they were made from.
static linas::search orphan() {
    linas::context context;
    linas::space space = small(context);
    space.set_feasible([](linas::genome_view genes) { return genes[0] != 1; });
    return linas::search(space, goals(), budget(25));
}

int main(int, char **arguments) {
    spaces();
    more_spaces();
    callbacks();
    outcomes();
    imports();
    wrong_searches();
    ask_and_tell();
    computed_objectives();
    journals(arguments[1]);
    predictors();
    engine();
    pareto();
    logs();
    linas::search search = orphan();
    search.run(measure);
    for (linas::evaluation member : search.front())
        CHECK(member.genes[0] != 1);
    return failures != 0;
}

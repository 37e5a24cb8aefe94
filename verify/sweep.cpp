#include <verify/sweep.hpp>

#include <verify/verdict_file.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <exception>

namespace eonflow::verify {

using io::Json;
using number::Rational;
using number::Real;

namespace {

constexpr std::int64_t value_digits = 6, order_digits = 4, shown_digits = 12, table_bits = 256;
constexpr std::size_t usual_count = 15, most_count = 1000;
using kind = Sweep::Column::kind;

std::string example() { return "accepted is for example alpha=1e-2:1e-100:log, or alpha=1e-2:1e-100:log:8 for 8 values"; }

Real slope(const Sweep::Row& a, const Sweep::Row& b, std::size_t column) {
    return log(number::to_real(b.numbers[column] / a.numbers[column])) / log(number::to_real(b.value / a.value));
}

}  // namespace

SweepRange parse_sweep(const std::string& text) {
    const auto refuse = [&](const std::string& why) { throw invalid_input("\"" + text + "\": " + why + "; " + example(), "--sweep"); };
    SweepRange range;
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) refuse("no parameter is named");
    range.parameter = text.substr(0, equals);
    std::vector<std::string> parts;
    for (std::size_t at = equals + 1; at <= text.size();) {
        const std::size_t end = std::min(text.find(':', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    if (parts.size() < 3 || parts.size() > 4 || parts[2] != "log") refuse("the range is not of the form a:b:log");
    std::vector<Rational> ends;
    for (std::size_t k = 0; k < 2; ++k) {
        try {
            ends.push_back(number::parse_rational(parts[k]));
        } catch (const invalid_input& problem) {
            refuse(problem.what());
        }
    }
    if (ends[0] <= 0 || ends[1] <= 0 || ends[0] == ends[1]) refuse("the ends are not positive and different");
    std::size_t count = usual_count;
    if (parts.size() == 4) {
        const bool number = !parts[3].empty() && parts[3].size() <= 4 && std::all_of(parts[3].begin(), parts[3].end(), [](char c) { return c >= '0' && c <= '9'; });
        count = number ? std::stoul(parts[3]) : 0;
        if (count < 2 || count > most_count) refuse("the number of values is not 2 to " + std::to_string(most_count));
    }
    std::sort(ends.begin(), ends.end());
    const number::precision_scope scope(table_bits);
    const Real low = log10(number::to_real(ends[0])), step = (log10(number::to_real(ends[1])) - low) / Real(count - 1);
    for (std::size_t k = 0; k < count; ++k) {
        const bool inner = k > 0 && k + 1 < count;
        range.values.push_back(inner ? number::parse_rational(number::to_decimal(pow(Real(10), low + step * Real(k)), value_digits)) : ends[k > 0 ? 1 : 0]);
        if (k > 0 && range.values[k] <= range.values[k - 1]) refuse("the values are closer than their " + std::to_string(value_digits) + " digits");
    }
    if (step > 1)
        for (const int factor : {10, 100})
            for (const Rational& near : {Rational(ends[0] * factor), Rational(ends[1] / factor)})
                if (near > ends[0] && near < ends[1]) range.values.push_back(near);
    std::sort(range.values.begin(), range.values.end());
    range.values.erase(std::unique(range.values.begin(), range.values.end()), range.values.end());
    return range;
}

std::string SweepResult::order(std::size_t k, std::size_t column) const {
    if (k == 0 || sweep->columns[column].what == kind::count || rows[k].numbers[column] <= 0 || rows[k - 1].numbers[column] <= 0) return {};
    const number::precision_scope scope(table_bits);
    return number::to_decimal(slope(rows[k - 1], rows[k], column), order_digits);
}

SweepResult run_sweep(const Theorem& theorem, const Sweep& sweep, const flow::Problem& problem, const SweepRange& range, const CheckOptions& options, std::int64_t at_once) {
    SweepResult result;
    result.theorem = theorem.id;
    result.instance = problem.name;
    result.sweep = &sweep;
    result.rows.resize(range.values.size());
    CheckOptions quiet = options;
    quiet.progress = nullptr;
    // The first row in order that fails decides which error is told, whatever the threads did.
    std::vector<std::exception_ptr> failures(range.values.size());
    tbb::task_arena(static_cast<int>(at_once)).execute([&] {
        tbb::parallel_for(
            std::size_t{0}, range.values.size(),
            [&](std::size_t k) {
                try {
                    result.rows[k] = {range.values[k], sweep.row(problem, range.values[k], quiet)};
                } catch (...) {
                    failures[k] = std::current_exception();
                }
            },
            tbb::simple_partitioner());
    });
    for (const std::exception_ptr& failure : failures)
        if (failure) std::rethrow_exception(failure);
    result.claims = sweep.judge(problem, result.rows, options);
    return result;
}

Order order_at_end(const std::vector<Sweep::Row>& rows, std::size_t column, bool small_end) {
    const std::size_t last = rows.size() - 1;
    const Real end = small_end ? slope(rows[0], rows[1], column) : slope(rows[last - 1], rows[last], column);
    const Real before = small_end ? slope(rows[1], rows[2], column) : slope(rows[last - 2], rows[last - 1], column);
    return {end, abs(end - before)};
}

std::string rounded(const Rational& x, std::int64_t digits) {
    const number::precision_scope scope(table_bits);
    return number::to_decimal(number::to_real(x), digits);
}

Json to_json(const SweepResult& result, std::int64_t digits) {
    const auto& columns = result.sweep->columns;
    std::vector<std::size_t> indices(result.rows.size());
    for (std::size_t k = 0; k < indices.size(); ++k) indices[k] = k;
    Json json = Json::Object{{"format", "eonflow/sweep/1"}, {"theorem", result.theorem}, {"instance", result.instance}, {"parameter", result.sweep->parameter}, {"digits", digits}};
    json.add("columns", io::json_array(columns, [](const Sweep::Column& c) -> Json { return c.name; }));
    json.add("rows", io::json_array(indices, [&](std::size_t k) -> Json {
                 Json row = Json::Object{{"value", number::to_text(result.rows[k].value)}};
                 std::vector<std::size_t> each(columns.size());
                 for (std::size_t c = 0; c < each.size(); ++c) each[c] = c;
                 row.add("numbers", io::json_array(each, [&](std::size_t c) -> Json { return rounded(result.rows[k].numbers[c], shown_digits); }));
                 row.add("orders", io::json_array(each, [&](std::size_t c) -> Json { return result.order(k, c); }));
                 return row;
             }));
    json.add("claims", io::json_array(result.claims, [](const ClaimResult& c) { return to_json(c); }));
    return json;
}

}  // namespace eonflow::verify

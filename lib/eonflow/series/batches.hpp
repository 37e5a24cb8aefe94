#pragma once
/// How the fixed-point engine lays out numbers: variables whose coefficients are computed side by side, one in each lane of a row.

#include <eonflow/series/kernels.hpp>
#include <eonflow/series/program.hpp>
#include <eonflow/series/rows.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace eonflow::series::fixed_point {

inline constexpr int guard = 5;  ///< rows before the first one, and before what shifts need: carries reach three further than products
inline constexpr int most_limbs = 1 << 13;

/// One factor of a product of series: sign * left * right, left from order `from` on.
struct convolution {
    slot left, right;
    int sign, from;
};

/// What is done for one variable at each order: (times * sum of convolutions + sum of integers * variables), times the order if it is a derivative; the rule of the
/// variable says by what the sum is multiplied then.
struct recipe {
    std::vector<convolution> products;
    std::int64_t times = 1;
    std::vector<std::pair<slot, std::int64_t>> summands;
    slot derivative_of = nothing;
    rule how = rule::sum;
    int level = 0;  ///< variables of lower levels are known when this one is computed
    int degree = unbounded;
};

/// Coefficients of several variables, row by row: entry n, row p, lane i is limb p - offset of order n split + residue of the lane's variable, times its sign.
/// A right factor has order n - residue there: as the orders of left and right factors add up, entry n of one meets entry k - n split of the other.
struct stream {
    struct lane {
        slot of = nothing;
        int sign = 1, offset = 0, residue = 0;
        auto operator<=>(const lane&) const = default;
    };
    struct layout {
        bool left = false;
        int split = 1;
        int from = 0;  ///< orders below are 0
        std::vector<lane> lanes;
        auto operator<=>(const layout&) const = default;
    };

    [[nodiscard]] double* row(int entry, int p, int width) const noexcept { return memory + (static_cast<std::ptrdiff_t>(entry) * rows + p) * width; }

    layout what;
    int rows = 0, entries = 0, limbs = 0;
    int wanted_rows = 0;  ///< of the batches to come
    double* memory = nullptr;  ///< row 0 of entry 0
    [[nodiscard]] std::size_t size(int width) const noexcept { return row_arena::rounded(static_cast<std::size_t>(entries) * static_cast<std::size_t>(rows) * static_cast<std::size_t>(width)); }
    std::int16_t* leads = nullptr;  ///< of each entry, its first row that is not 0; of right factors from the last entry to the first
    [[nodiscard]] std::int16_t lead(int entry) const noexcept { return leads[what.left ? entry : entries - 1 - entry]; }
};

/// Variables of one level, and of one rule, in the lanes of a row.
struct batch {
    struct product {
        stream* left;
        stream* right;
        int split, from, left_degree, right_degree;
        // Where entry 0 of both and its lead are, once streams have their memory.
        const double *left_rows = nullptr, *right_rows = nullptr;
        const std::int16_t *left_leads = nullptr, *right_leads = nullptr;
        std::ptrdiff_t left_step = 0, right_step = 0;
    };
    struct summand {
        slot of;
        int shift;
        std::array<double, 8> factors;
    };
    std::vector<slot> variables;
    rule how = rule::sum;
    bool is_derivative = false;
    int degree = unbounded;  ///< the largest of theirs
    int parts = 1;           ///< lanes among which the products of one variable are distributed
    int split = 1;           ///< ... by their order
    int shift = 0;           ///< column c of the products of rows is column c - shift of the sum
    int last = 0;            ///< the last column of the sum
    std::vector<product> products;
    std::vector<summand> summands;
    std::array<double, 8> times;
    bool has_times = false;
    std::array<int, 8> exponents;  ///< of the sums
    [[nodiscard]] int top() const noexcept { return shift + guard; }  ///< rows before column 0
};

/// Coefficients side by side, of one batch or of inputs and constants: the newest ones, and where they go.
struct group {
    /// Order k >= from goes to entry (k - residue) / every of a stream, where that is whole.
    struct place {
        stream* to;
        std::size_t how;      ///< which of the placements
        int offset;           ///< the row of the first limb
        int from, residue, every;
        std::uint32_t lanes;  ///< of the group, that are read
        bool all;             ///< whether these are all
        bool alone;           ///< nothing else is in these rows of the stream
        // Where entry 0 is, once the stream has its memory.
        double* rows = nullptr;
        std::int16_t* leads = nullptr;
        std::ptrdiff_t step = 0, lead_step = 0;
        int count = 0;        ///< of limbs that have a row
        int lane = -1, from_lane = 0;  ///< if a single lane is taken, where to and where from
        double sign = 1;
    };
    std::vector<slot> variables;
    std::vector<place> places;
    row_memory memory, next;     ///< the newest coefficients; of states, those of the order to come
    int top = 0;                 ///< rows before the first limb
    [[nodiscard]] const double* rows(std::size_t width) const noexcept { return memory.data() + static_cast<std::size_t>(top) * width; }
    int first = 0;               ///< rows before are 0
    int lead = empty;            ///< the first row that is not 0
    std::array<int, 8> leads{};  ///< ... in each lane
    std::array<int, 8> least{};  ///< of all orders
    std::array<double, 8> largest{};  ///< magnitude of the limb there
};

struct stream_map {
    std::map<stream::layout, std::unique_ptr<stream>> all;
    row_arena memory;
};

struct batches {
    std::vector<batch> all;   ///< by level, the states at the end
    std::size_t states = 0;   ///< where they begin
    stream_map streams;
    std::vector<group> groups;  ///< of each batch, and then of variables without
    std::vector<kernels::placement> placements;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> places;  ///< group and lane of each variable
    std::vector<stream*> of_states;  ///< all states, `width` a stream
    int deepest = 0;          ///< most rows of a sum
    std::vector<stream*> needed;      ///< streams in the order in which products come to need them
    std::vector<std::int16_t> leads;  ///< of all streams

    /// Memory for the streams, for this many orders; products and places learn where it is.
    void reserve(int order, int limbs, int width);
};

/// Batches for the variables of `recipes`, whose coefficients stand at `exponents` and have `limbs` limbs; sums stand at `sum_exponents` and have `extra` limbs more.
/// `whole`: no sum is distributed over lanes by order. Streams of the same layout are taken from the `old` ones, with the rows they had.
[[nodiscard]] batches make_batches(std::span<const recipe> recipes, std::span<const int> exponents, std::span<const int> sum_exponents, std::span<const int> extra, int limbs,
                                   std::size_t states, int width, bool whole, stream_map old);

}  // namespace eonflow::series::fixed_point

#pragma once
/// Sums of products of long series of long numbers, order by order: each number is cut into digits and transformed once, products are taken and summed among
/// the spectra, and one inverse transform gives each sum. Long sums among the spectra are convolutions of blocks of orders and go through transforms themselves.

#include <eonflow/series/kernels.hpp>

#include <array>
#include <map>
#include <utility>
#include <vector>

namespace eonflow::series {

/// Exact: the digits are so short that rounding errors of the transforms are proved to stay below 1/2, so sums come out as the integers they are, the same with
/// every kernel. Limbs are dropped where they meet no limb of a partner down to one column below the lowest wanted: per pair and order of a sum at most half of
/// the lowest column's unit, and one for what is cut off.
class fourier {
public:
    /// Order k is the sum over pairs (a, b) of the sum over j of a_j b_(k-j), wanted down to column `lowest`: column c of a product is the sum over
    /// p + q = c of limb p of a times limb q of b.
    struct sum {
        std::vector<std::pair<std::size_t, std::size_t>> pairs;
        int lowest = 0;
    };

    /// Limb p < limbs of order j stands at data[j entry + p row].
    struct series {
        const double* data;
        std::ptrdiff_t entry, row;
        int limbs;
    };

    explicit fourier(const kernels::set& kernels) : kernels_(kernels) {}

    /// New series, none of their numbers known. Sums of orders up to `order` are asked for in blocks of so many, a multiple of 8 that divides `near`.
    void start(std::vector<series> factors, std::vector<sum> sums, int order, int block);
    /// All orders below `known`, a multiple of the block that grows by one block at a time, are final: the products of two of them are summed for the orders from
    /// `known` to the next block.
    void advance(int known);
    /// The least j that takes part in order k, together with all orders above it and below `known`; what is left to others are the pairs with j below or from `known` on.
    [[nodiscard]] static int first_partner(int k, int known) noexcept { return (k - known + kernels::lanes) / kernels::lanes * kernels::lanes; }
    /// Order k of sum i as limbs in [0, 2^limb_bits), but for the first, which keeps all that is left; the last one is column `lowest`. False if there is nothing.
    [[nodiscard]] bool read(std::size_t i, int k, std::vector<std::int64_t>& limbs) const;

    static constexpr int near = 32;          ///< orders for which products of old coefficients are summed at once
    static constexpr int few = 8, far = few * near;  ///< ... of much older ones

private:
    struct alignas(64) eight {
        double lane[kernels::lanes];
    };
    struct channel {
        [[nodiscard]] double limb(int p, int j) const noexcept { return what.data[j * what.entry + p * what.row]; }
        series what{};
        std::vector<int> lead;      ///< first limb of each order that is not 0
        std::vector<int> from, to;  ///< limbs that are transformed
        std::vector<int> cut;       ///< `to` where something was dropped
        std::vector<int> floor;     ///< least lead of the orders from i on, when planned
        std::vector<int> limit;     ///< what a number of order planned - i may be cut to
        std::vector<eight> spectra;
        bool left = false, right = false;
        struct {
            std::vector<eight> left, right;  ///< transforms of blocks of orders, 0 behind; of blocks and those before them
        } blocks[2];
    };
    /// Blocks of orders whose transforms are multiplied.
    struct level {
        int size = 0;
        const kernels::roots* roots = nullptr;
        int done = 0;              ///< blocks that are transformed
        std::ptrdiff_t slots = 0;  ///< room for them
    };
    enum : std::size_t { short_blocks, long_blocks };
    struct total {
        sum what;
        std::vector<int> first, last;  ///< limb sums of the products that entered each order of the window
        std::vector<eight> spectra;
        std::vector<eight> old;  ///< for the orders of a long block, the products of whole long blocks
        std::vector<std::vector<std::int64_t>> digits;  ///< of each order of the block, from the last to the first
    };

    void open();
    [[nodiscard]] bool fits();
    void plan();
    void choose_digits(int support);
    [[nodiscard]] bool take(int from, int to);
    void look(channel& c, int j) const;
    void cut(channel& c, int j) const;
    void transform(channel& c, int j);
    void add_products();
    void transform_back(total& t);
    [[nodiscard]] std::vector<std::pair<int, int>> ranges(int k) const;
    [[nodiscard]] std::vector<std::pair<int, int>> entering(int k) const;
    [[nodiscard]] bool in_blocks() const { return known_ == window_ && known_ % near == 0 && known_ >= 2 * near; }
    [[nodiscard]] std::ptrdiff_t place_of_block(const level& l, int chunk, int n) const;
    void transform_blocks(std::size_t which, int count);
    void add_blocks(std::size_t which, const total& t, int chunk, int count, int from, int to, std::vector<eight>& sums) const;
    void sum_old(int from);
    void sum_blocks();
    [[nodiscard]] int last_output() const;
    [[nodiscard]] const kernels::roots& roots_of(int length);
    [[nodiscard]] int first_digit(int limb_sum) const { return limb_sum * kernels::limb_bits / bits_ - 1; }
    [[nodiscard]] int last_digit(int limb_sum) const { return (limb_sum * kernels::limb_bits + bits_ - 1) / bits_ - 1; }

    const kernels::set& kernels_;
    std::map<int, kernels::roots> known_roots_;
    const kernels::roots* roots_ = nullptr;
    std::vector<channel> channels_;
    std::vector<total> totals_;
    std::vector<eight> buffer_;
    std::ptrdiff_t orders_ = 0;               ///< room of a channel's spectra
    std::array<level, 2> levels_;
    int old_from_ = 0;                        ///< the long block for whose orders old products are summed, 0 if for none
    int order_ = 0, block_ = 0, known_ = 0;
    int planned_ = 0, phase_end_ = 0;         ///< orders known when digits and cuts were chosen, and how long they are kept
    int window_ = 0, span_ = 0;               ///< the orders whose sums are under way
    int bits_ = 0, widest_ = 0;               ///< of a digit; most limbs of a number transformed
};

}  // namespace eonflow::series

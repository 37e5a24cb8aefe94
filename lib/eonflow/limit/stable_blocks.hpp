#pragma once
/// Two-layer ReLU networks whose activation pattern provably never changes, and the exact rank of the hidden matrix in the limit.

#include <eonflow/convex/check.hpp>
#include <eonflow/flow/problem.hpp>

#include <optional>

namespace eonflow::limit {

/// f(x) = sum_j a_j max(<w_j, x>, 0), both layers trained; W has a row a unit.
struct Two_layer_start {
    number::Matrix<number::Rational> W;
    std::vector<number::Rational> a;
};

/// The samples in blocks such that each unit is active on the samples of one block, or on none. Conditions, all exact:
/// 1. no pre-activation <w_j, x_i> is 0 at the start, and its sign is positive just where j is active on i;
/// 2. y_i a_j > 0 wherever j is active on i;
/// 3. <x_i, x_k> >= 0 within a block and <= 0 between blocks;
/// 4. each sample has an active unit.
/// Then along the flow of any loss that falls in the margin every active pre-activation and every |a_j| of an active unit grows and every inactive pre-activation falls or rests, so that the
/// pattern is that of the start for ever; every margin tends to infinity under the exponential and logistic loss.
/// 5. The samples are linearly independent.
/// Then every limit point of W/|W|_F has exactly one rank for each block: <w_j, w_k> - a_j a_k and |w_j|^2 - a_j^2 are constant within a block, so that its rows become parallel; they lie in the cone
/// of the block's samples up to constants; and every block keeps a row, since q_i >= log(1/loss) and log(1/loss)/|theta|^2 does not fall once the loss is below 1 (Lyu, Li 2020).
struct Stable_blocks {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::vector<std::size_t> block_of_sample;
    std::vector<std::size_t> block_of_unit;  ///< none: active on no sample, constant for ever
    std::size_t blocks = 0;
};

/// The blocks that the start shows, if the units' patterns form blocks at all; conditions 2 to 5 are left to `check_blocks`.
[[nodiscard]] std::optional<Stable_blocks> find_blocks(const flow::Data& data, const Two_layer_start& start);

/// Verifies conditions 1 to 5 in rational numbers, from the data and the start alone.
[[nodiscard]] convex::Check check_blocks(const flow::Data& data, const Two_layer_start& start, const Stable_blocks& blocks);

}  // namespace eonflow::limit

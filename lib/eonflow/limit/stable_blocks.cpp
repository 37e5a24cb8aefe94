#include <eonflow/limit/stable_blocks.hpp>

#include <eonflow/number/linear.hpp>

namespace eonflow::limit {

using number::Rational;

namespace {

Rational product(std::span<const Rational> a, std::span<const Rational> b) {
    Rational sum = 0;
    for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
    return sum;
}

std::string sample_name(std::size_t i) { return "sample " + std::to_string(i + 1); }
std::string unit_name(std::size_t j) { return "unit " + std::to_string(j + 1); }

}  // namespace

std::optional<Stable_blocks> find_blocks(const flow::Data& data, const Two_layer_start& start) {
    Stable_blocks result;
    result.block_of_sample.assign(data.samples(), Stable_blocks::none);
    for (std::size_t j = 0; j < start.W.rows(); ++j) {
        std::size_t block = Stable_blocks::none;
        std::vector<std::size_t> active;
        for (std::size_t i = 0; i < data.samples(); ++i)
            if (product(start.W.row(j), data.X.row(i)) > 0) active.push_back(i);
        if (!active.empty()) {
            block = result.block_of_sample[active.front()];
            if (block == Stable_blocks::none) block = result.blocks++;
            for (const std::size_t i : active) {
                std::size_t& own = result.block_of_sample[i];
                if (own == Stable_blocks::none) own = block;
                if (own != block) return std::nullopt;
            }
        }
        result.block_of_unit.push_back(block);
    }
    return result;
}

convex::Check check_blocks(const flow::Data& data, const Two_layer_start& start, const Stable_blocks& blocks) {
    const auto refuse = [](const std::string& why) { return convex::Check{false, "refused: " + why}; };
    const std::size_t n = data.samples(), units = start.W.rows();
    if (blocks.block_of_sample.size() != n || blocks.block_of_unit.size() != units || start.a.size() != units || start.W.columns() != data.features())
        return refuse("sizes do not fit together");
    std::vector<bool> served(blocks.blocks, false);
    for (std::size_t j = 0; j < units; ++j) {
        const std::size_t block = blocks.block_of_unit[j];
        if (block != Stable_blocks::none && block >= blocks.blocks) return refuse(unit_name(j) + " is in no block there is");
        for (std::size_t i = 0; i < n; ++i) {
            const bool active = block != Stable_blocks::none && blocks.block_of_sample[i] == block;
            const Rational pre = product(start.W.row(j), data.X.row(i));
            if (active ? pre <= 0 : pre >= 0) return refuse(unit_name(j) + " does not have the stated sign on " + sample_name(i));
            if (active && data.y[i] * start.a[j] <= 0) return refuse(unit_name(j) + " pushes " + sample_name(i) + " to the wrong side");
        }
        if (block != Stable_blocks::none) served[block] = true;
    }
    for (std::size_t i = 0; i < n; ++i) {
        if (blocks.block_of_sample[i] >= blocks.blocks || !served[blocks.block_of_sample[i]]) return refuse(sample_name(i) + " has no active unit");
        for (std::size_t k = 0; k < i; ++k) {
            const Rational overlap = product(data.X.row(i), data.X.row(k));
            if (blocks.block_of_sample[i] == blocks.block_of_sample[k] ? overlap < 0 : overlap > 0)
                return refuse("the product of " + sample_name(k) + " and " + sample_name(i) + " has the wrong sign");
        }
    }
    if (number::rank(data.X) != n) return refuse("the samples are linearly dependent");
    return {true, "the activation pattern never changes, every margin tends to infinity, and every limit point of W/|W| has rank " + std::to_string(blocks.blocks)};
}

}  // namespace eonflow::limit

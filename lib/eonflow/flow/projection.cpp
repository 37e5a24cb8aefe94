#include <eonflow/flow/projection.hpp>

#include <Eigen/Dense>

#include <algorithm>

namespace eonflow::flow {

using number::Real;
using number::Vector;

MarginProjection::MarginProjection(const Margins& m)
    : parameters_(m.parameters()), graph_(m.graph), margins_(graph_, m.margins), slopes_(graph_, m.margins, m.parameters()) {}

bool MarginProjection::move(Vector& phi, Real& lambda, const std::vector<std::size_t>& samples, const Vector& offsets) {
    using Eigen::Index;
    const auto n = static_cast<Index>(parameters_), count = static_cast<Index>(samples.size());
    std::vector<double> at;
    for (const Real& entry : phi) at.push_back(entry.convert_to<double>());
    // Rows: the margins, the length; columns: phi, lambda.
    Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(count + 1, n + 1);
    const auto slopes = slopes_(at);
    for (std::size_t k = 0; k < slopes.size(); ++k) {
        const auto found = std::find(samples.begin(), samples.end(), slopes_.pattern()[k].row);
        if (found != samples.end()) matrix(found - samples.begin(), slopes_.pattern()[k].column) = slopes[k];
    }
    for (Index i = 0; i < count; ++i) matrix(i, n) = -1;
    for (Index j = 0; j < n; ++j) matrix(count, j) = at[static_cast<std::size_t>(j)];
    if (!matrix.allFinite()) return false;
    const Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> least(matrix);

    Vector moved = phi;
    Real level = lambda;
    std::int64_t last = std::numeric_limits<std::int64_t>::max();
    for (;;) {
        const Vector z = margins_(moved);
        Vector rest;
        for (std::size_t i = 0; i < samples.size(); ++i) rest.push_back(level - offsets[i] - z[samples[i]]);
        Real square = 0;
        for (const Real& entry : moved) square += entry * entry;
        rest.push_back((1 - square) / 2);
        std::int64_t size = std::numeric_limits<std::int64_t>::min();
        for (const Real& entry : rest) size = std::max(size, number::exponent_of(entry));
        if (size < 16 - number::working_bits()) break;
        if (size > last - 8) return false;
        last = size;
        Eigen::VectorXd right(count + 1);
        const Real unit = number::power_of_two(-size);
        for (Index i = 0; i <= count; ++i) right(i) = Real(rest[static_cast<std::size_t>(i)] * unit).convert_to<double>();
        const Eigen::VectorXd change = least.solve(right);
        for (Index j = 0; j < n; ++j) moved[static_cast<std::size_t>(j)] += change(j) / unit;
        level += change(n) / unit;
    }
    phi = std::move(moved);
    lambda = std::move(level);
    return true;
}

}  // namespace eonflow::flow

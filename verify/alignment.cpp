#include <verify/alignment.hpp>

#include <eonflow/flow/observe.hpp>

namespace eonflow::verify {

using number::Real;
using number::Vector;

Real tail_square(const number::Spectrum& spectrum) {
    Real sum(0);
    for (std::size_t j = 1; j < spectrum.values.size(); ++j) sum += spectrum.values[j] * spectrum.values[j];
    return sum;
}

Real rank_one_distance(const number::Spectrum& spectrum) {
    const Real norm = flow::norm(spectrum.values), tail = tail_square(spectrum);
    const Real top_gap = tail / (norm * (norm + spectrum.values[0]));
    return sqrt(tail / (norm * norm) + top_gap * top_gap);
}

Vector column(const number::Matrix<Real>& matrix, std::size_t j) {
    Vector c;
    for (std::size_t i = 0; i < matrix.rows(); ++i) c.push_back(matrix(i, j));
    return c;
}

Real alignment(const number::Spectrum& below, const number::Spectrum& above) { return abs(flow::dot(column(above.right, 0), column(below.left, 0))); }

}  // namespace eonflow::verify

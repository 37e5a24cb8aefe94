#include <eonflow/flow/planes.hpp>

#include <algorithm>
#include <map>

namespace eonflow::flow {

using graph::Graph;
using graph::node_id;
using number::Real;
using number::Vector;

namespace {

/// The rational coefficients of a node that is linear in the first `parameters` inputs.
std::optional<Plane> plane_of(const Graph& graph, node_id id, std::size_t parameters) {
    std::map<std::size_t, Rational> row;
    const auto add = [&](node_id input, const Rational& coefficient) {
        if (graph[input].what != graph::kind::input || graph[input].argument >= parameters) return false;
        row[graph[input].argument] += coefficient;
        return true;
    };
    const graph::node& n = graph[id];
    if (n.what == graph::kind::sum && n.value == 0) {
        for (const graph::term& t : n.terms)
            if (t.right != graph::none || !add(t.left, t.coefficient)) return std::nullopt;
    } else if (!add(id, 1)) {
        return std::nullopt;
    }
    Plane plane;
    for (const auto& [parameter, coefficient] : row) {
        plane.parameters.push_back(parameter);
        plane.coefficients.push_back(coefficient);
        plane.reals.push_back(number::to_real(coefficient));
        plane.doubles.push_back(coefficient.convert_to<double>());
        plane.square += plane.reals.back() * plane.reals.back();
    }
    return plane;
}

}  // namespace

Real Plane::at(std::span<const Real> theta) const {
    Real sum = 0;
    for (std::size_t j = 0; j < parameters.size(); ++j) sum += reals[j] * theta[parameters[j]];
    return sum;
}

Surface::Surface(const std::vector<const Plane*>& planes, const std::vector<std::size_t>& parameters) : parameters_(parameters) {
    const auto dot = [](const std::vector<Rational>& a, const std::vector<Rational>& b) {
        Rational sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (a[i] != 0 && b[i] != 0) sum += a[i] * b[i];
        return sum;
    };
    // Gram-Schmidt in rational numbers: what depends on the others is known exactly.
    std::vector<std::vector<Rational>> orthogonal;
    std::vector<Rational> squares;
    for (std::size_t l = 0; l < planes.size(); ++l) {
        std::vector<Rational> v(parameters.size());
        for (std::size_t j = 0; j < planes[l]->parameters.size(); ++j) {
            const auto at = std::lower_bound(parameters.begin(), parameters.end(), planes[l]->parameters[j]);
            v[static_cast<std::size_t>(at - parameters.begin())] = planes[l]->coefficients[j];
        }
        Vector shares;
        for (std::size_t r = 0; r < orthogonal.size(); ++r) {
            const Rational share = dot(v, orthogonal[r]) / squares[r];
            shares.push_back(number::to_real(share) * sqrt(number::to_real(squares[r])));
            if (share == 0) continue;
            for (std::size_t i = 0; i < v.size(); ++i) v[i] -= share * orthogonal[r][i];
        }
        const Rational square = dot(v, v);
        if (square == 0) continue;
        const Real length = sqrt(number::to_real(square));
        Vector normal;
        for (const Rational& x : v) normal.push_back(number::to_real(x) / length);
        shares.push_back(length);
        basis_.push_back(l);
        normals_.push_back(std::move(normal));
        gram_schmidt_.push_back(std::move(shares));
        orthogonal.push_back(std::move(v));
        squares.push_back(square);
    }
    orthogonal_ = normals_;
    if (basis_.size() < parameters.size()) return;
    for (std::size_t r = 0; r < normals_.size(); ++r)
        for (std::size_t i = 0; i < normals_.size(); ++i) normals_[r][i] = r == i ? 1 : 0;
}

Vector Surface::balance(std::span<const Real> tau) const {
    Vector delta(basis_.size()), along(tau.begin(), tau.end());
    if (basis_.size() == parameters_.size())
        for (std::size_t r = 0; r < basis_.size(); ++r) {
            along[r] = 0;
            for (std::size_t i = 0; i < basis_.size(); ++i) along[r] += orthogonal_[r][i] * tau[i];
        }
    for (std::size_t r = basis_.size(); r-- > 0;) {
        Real rest = -along[r];
        for (std::size_t l = r + 1; l < basis_.size(); ++l) rest -= delta[l] * gram_schmidt_[l][r];
        delta[r] = rest / gram_schmidt_[r][r];
    }
    return delta;
}

void Surface::project(std::span<Real> theta) const {
    for (const Vector& n : normals_) {
        Real along = 0;
        for (std::size_t i = 0; i < n.size(); ++i) along += n[i] * theta[parameters_[i]];
        for (std::size_t i = 0; i < n.size(); ++i)
            if (n[i] != 0) theta[parameters_[i]] -= n[i] * along;
    }
}

Planes::Planes(const Graph& graph, const std::vector<model::kink>& kinks, std::size_t parameters) {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> units;
    for (std::size_t k = 0; k < kinks.size(); ++k) {
        planes_.push_back(kinks[k].layer == 0 ? plane_of(graph, kinks[k].argument, parameters) : std::nullopt);
        if (!planes_.back()) continue;
        const auto [at, is_new] = units.try_emplace({kinks[k].layer, kinks[k].unit}, groups_.size());
        if (is_new) groups_.emplace_back();
        planes_.back()->group = at->second;
        group& members = groups_[at->second];
        members.kinks.push_back(k);
        members.parameters.insert(members.parameters.end(), planes_.back()->parameters.begin(), planes_.back()->parameters.end());
        std::sort(members.parameters.begin(), members.parameters.end());
        members.parameters.erase(std::unique(members.parameters.begin(), members.parameters.end()), members.parameters.end());
    }
}

Surface Planes::surface(std::size_t unit, const std::vector<std::size_t>& sliding) const {
    std::vector<const Plane*> planes;
    for (const std::size_t k : sliding) planes.push_back(find(k));
    return {planes, groups_[unit].parameters};
}

}  // namespace eonflow::flow

#include <eonflow/number/record.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace eonflow::number {

void RecordWriter::put(const Real& x) { record_.push_back(to_hex(x)); }

void RecordWriter::put(double x) {
    char text[40];
    std::snprintf(text, sizeof text, "%a", x);
    record_.emplace_back(text);
}

void RecordReader::refuse_unless(bool good) {
    if (!good) throw invalid_input("the record of a computation does not fit the computation");
}

const std::string& RecordReader::next() {
    refuse_unless(position_ < record_->size());
    return (*record_)[position_++];
}

std::int64_t RecordReader::integer() {
    const std::string& text = next();
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    refuse_unless(failure == std::errc() && end == text.data() + text.size());
    return value;
}

std::size_t RecordReader::count() {
    const std::int64_t value = integer();
    refuse_unless(value >= 0 && value <= static_cast<std::int64_t>(record_->size()));
    return static_cast<std::size_t>(value);
}

void RecordReader::get(Real& x) { x = from_hex(next()); }

void RecordReader::get(double& x) {
    const std::string& text = next();
    char* end = nullptr;
    x = std::strtod(text.c_str(), &end);
    refuse_unless(!text.empty() && *end == '\0');
}

}  // namespace eonflow::number

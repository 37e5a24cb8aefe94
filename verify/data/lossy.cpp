#include <verify/data/dataset.hpp>
#include <verify/data/stored.hpp>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace eonflow::verify::data {

namespace {

/// Rounded to nearest; nan where nothing is known.
double rounded(const std::optional<Printed>& number) {
    if (!number) return std::numeric_limits<double>::quiet_NaN();
    return number->text.find('/') == std::string::npos ? std::strtod(number->text.c_str(), nullptr) : number->value.convert_to<double>();
}

std::string shortest(double x) {
    std::array<char, 64> buffer{};
    return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr};
}

/// Little-endian bytes of an integer.
template <class Word>
void append(std::string& out, Word value) {
    for (std::size_t k = 0; k < sizeof(Word); ++k) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * k) & 0xff);
}

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
    }
    return ~crc;
}

/// A numpy array file, format version 1.0.
std::string npy(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
    const std::string shape = columns == 0 ? "(" + std::to_string(rows) + ",)" : "(" + std::to_string(rows) + ", " + std::to_string(columns) + ")";
    std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';
    std::string out = "\x93NUMPY\x01";
    out += '\0';
    append(out, static_cast<std::uint16_t>(header.size()));
    out += header;
    for (const double x : values) {
        std::uint64_t word = 0;
        std::memcpy(&word, &x, sizeof x);
        append(out, word);
    }
    return out;
}

/// A zip archive of stored files (PKWARE's application note), dated 1980-01-01.
class Archive {
public:
    void add(const std::string& name, const std::string& content) {
        std::string common;
        append(common, std::uint16_t{20});  // version needed
        append(common, std::uint16_t{0});   // flags
        append(common, std::uint16_t{0});   // stored
        append(common, std::uint16_t{0});   // time
        append(common, std::uint16_t{33});  // date
        append(common, crc32(content));
        append(common, static_cast<std::uint32_t>(content.size()));
        append(common, static_cast<std::uint32_t>(content.size()));
        append(common, static_cast<std::uint16_t>(name.size()));
        append(common, std::uint16_t{0});  // no extra field
        directory_ += "PK\x01\x02";
        append(directory_, std::uint16_t{20});
        directory_ += common;
        directory_.append(10, '\0');  // no comment, first disk, no attributes
        append(directory_, static_cast<std::uint32_t>(body_.size()));
        directory_ += name;
        body_ += "PK\x03\x04" + common + name + content;
        ++count_;
    }

    [[nodiscard]] std::string bytes() const {
        std::string end = "PK\x05\x06";
        end.append(4, '\0');
        append(end, count_);
        append(end, count_);
        append(end, static_cast<std::uint32_t>(directory_.size()));
        append(end, static_cast<std::uint32_t>(body_.size()));
        end.append(2, '\0');
        return body_ + directory_ + end;
    }

private:
    std::string body_, directory_;
    std::uint16_t count_ = 0;
};

}  // namespace

std::string lossy_csv(std::string_view trajectory) {
    const StoredTrajectory stored = parse_trajectory(trajectory);
    std::string out = "# lossy: rounded to double from trajectory.json of problem " + stored.problem_sha256 + "\ntime,log10_time";
    for (const std::string& name : stored.parameter_names) out += name.find(',') == std::string::npos ? "," + name : ",\"" + name + "\"";
    out += '\n';
    for (const StoredSample& sample : stored.samples) {
        out += shortest(rounded(sample.time)) + "," + (sample.log10_time ? shortest(rounded(sample.log10_time)) : "-inf");
        for (const auto& parameter : sample.parameters) out += "," + shortest(rounded(parameter));
        out += '\n';
    }
    return out;
}

std::string lossy_npz(std::string_view trajectory) {
    const StoredTrajectory stored = parse_trajectory(trajectory);
    const std::size_t rows = stored.samples.size();
    std::vector<double> times, parameters;
    std::map<std::string, std::vector<double>> observed;
    for (const StoredSample& sample : stored.samples) {
        times.push_back(rounded(sample.time));
        for (const auto& parameter : sample.parameters) parameters.push_back(rounded(parameter));
        for (const auto& [name, values] : sample.observed)
            for (const auto& value : values) observed[name].push_back(rounded(value));
    }
    Archive archive;
    archive.add("LOSSY.txt", "Rounded to double from trajectory.json of problem " + stored.problem_sha256 + "\n");
    archive.add("times.npy", npy(times, rows, 0));
    archive.add("parameters.npy", npy(parameters, rows, stored.parameter_names.size()));
    for (const auto& [name, values] : observed) archive.add("observed_" + name + ".npy", npy(values, rows, values.size() / std::max<std::size_t>(rows, 1)));
    return archive.bytes();
}

}  // namespace eonflow::verify::data

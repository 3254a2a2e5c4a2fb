// poolnorm_bench: the layers of real networks, timed against the machine's limit and against peers.
#include <cstdio>
#include <cstring>
#include <exception>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "caches.hpp"
#include "options.hpp"
#include "session.hpp"
#include "shape_file.hpp"
#include "table.hpp"

namespace {

using namespace bench;

// The first pooling and the first norm of each network, and of each the first gradient.
std::vector<Layer> smoke_layers(const std::vector<Layer>& layers) {
  std::vector<Layer> chosen;
  std::set<std::pair<bool, bool>> seen;
  for (const Layer& layer : layers)
    if (seen.insert({layer.is_norm(), layer.backward}).second) chosen.push_back(layer);
  return chosen;
}

// Whether this build of poolnorm has it; what it has not is named and left out.
bool has(const Layer& layer) {
  if (layer.takes(layer.type) && poolnorm::available(layer.type)) return true;
  std::fprintf(stderr, "poolnorm_bench: without %s/%s: no %s\n", layer.network.c_str(), layer.name().c_str(),
               poolnorm::name(layer.type));
  return false;
}

std::vector<Layer> read_layers(const Options& options) {
  std::vector<Layer> all;
  for (const std::string& path : options.shape_files) {
    std::vector<Layer> layers = read_shape_file(path);
    if (options.smoke) layers = smoke_layers(layers);
    for (Layer& layer : layers) {
      if (!has(layer)) continue;
      if (!options.batches.empty()) layer.batches = options.batches;
      if (options.smoke) layer.batches = {1};
      all.push_back(std::move(layer));
    }
  }
  return all;
}

template <class Function>
void register_row(const std::string& name, Function run) {
  benchmark::RegisterBenchmark(name.c_str(), run)->UseManualTime()->Iterations(1)->Unit(benchmark::kMicrosecond);
}

void register_rows(const std::vector<Layer>& layers, const Options& options, Session& session) {
  for (const Layer& layer : layers)
    for (const std::int64_t batch : layer.batches)
      for (const Layout layout : options.layouts)
        for (const int threads : options.threads)
          for (const bool cold : options.cold) {
            if (layer.spatial.empty() && layout != options.layouts[0]) continue;  // N x C: one layout
            const Row row{layer, batch, layout, threads, options.isa, cold};
            const std::string name = layer.network + "/" + layer.name() + "/n" + std::to_string(batch) + "/" +
                                     bench::name(layout) + "/" + poolnorm::name(options.isa) + "/t" +
                                     std::to_string(threads) + (cold ? "/cold" : "");
            register_row(name, [row, &session](benchmark::State& state) { session.run(row, state); });
          }
}

void register_roofline(const Options& options, Session& session) {
  for (const int threads : options.threads)
    for (const auto& [traffic, name] :
         {std::pair{Traffic::copy, "copy"}, {Traffic::read, "read"}, {Traffic::write, "write"}})
      for (double bytes = 16 << 10; bytes <= 512 << 20; bytes *= 2)
        register_row("roofline/" + std::string(name) + "/" + std::to_string(static_cast<long>(bytes) >> 10) + "KiB/t" +
                         std::to_string(threads),
                     [=, traffic = traffic, &session](benchmark::State& state) {
                       session.run_roofline(traffic, bytes, threads, state);
                     });
}

// Bytes of L1, L2 and L3.
std::string cache_sizes() {
  std::string text;
  for (const int level : {1, 2, 3})
    text += (level == 1 ? "" : ",") + std::to_string(static_cast<long>(cache_bytes(level)));
  return text;
}

bool has_argument(int argc, char** argv, const char* prefix) {
  for (int i = 1; i < argc; ++i)
    if (std::strncmp(argv[i], prefix, std::strlen(prefix)) == 0) return true;
  return false;
}

int run(int argc, char** argv) {
  const bool own_table = !has_argument(argc, argv, "--benchmark_format");
  if (has_argument(argc, argv, "--help")) {
    std::fputs(usage, stdout);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  const Options options = read_options(argc, argv);
  if (options.list_isas) {
    for (const poolnorm::Isa isa : measured_isas()) std::printf("%s\n", poolnorm::name(isa));
    return 0;
  }
  const std::vector<Layer> layers = read_layers(options);
  Session session(options);
  benchmark::AddCustomContext("isa", poolnorm::name(options.isa));
  for (const Peer& peer : session.peers()) benchmark::AddCustomContext(peer.name, peer.version);
  benchmark::AddCustomContext("caches", cache_sizes());
  if (options.roofline) register_roofline(options, session);
  register_rows(layers, options, session);
  Table table(session);
  const std::size_t matched =
      own_table ? benchmark::RunSpecifiedBenchmarks(&table) : benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  if (matched == 0) {
    std::fprintf(stderr, "No row matches; --benchmark_list_tests=true names them all.\n");
    return 1;
  }
  return session.failures() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "poolnorm_bench: %s\n", error.what());
    return 1;
  }
}

// The same questions to hnswlib (Debian: libhnswlib-dev): peer_hnsw DIR/learnt|DIR/random ITEMS, with what bench_index wrote there.
//   g++ -O3 -march=native -pthread peer_hnsw.cpp -o peer_hnsw
// Inner products by its own space; 2 threads; for several values of ef the rate and recall@10.
#include <hnswlib/hnswlib.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

static const size_t DIM = 64, BEST = 10, QUESTIONS = 16384, EXACT = 512, THREADS = 2;

struct scored {
    unsigned item;
    float score;
};

template <class T> static std::vector<T> read(const std::string &path, size_t n)
{
    std::vector<T> v(n);
    FILE *f = fopen(path.c_str(), "rb");
    if (f == nullptr || fread(v.data(), sizeof(T), n, f) != n) {
        fprintf(stderr, "%s cannot be read\n", path.c_str());
        exit(1);
    }
    fclose(f);
    return v;
}

static double seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class F> static void parallel(size_t n, F each)
{
    std::atomic<size_t> next(0);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < THREADS; t++)
        threads.emplace_back([&] {
            for (size_t i; (i = next++) < n;)
                each(i);
        });
    for (auto &t : threads)
        t.join();
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    std::string dir = argv[1];
    size_t items = strtoul(argv[2], nullptr, 10);
    auto factors = read<float>(dir + "-factors.bin", items * DIM);
    auto questions = read<float>(dir + "-questions.bin", QUESTIONS * DIM);
    auto answers = read<scored>(dir + "-answers.bin", EXACT * BEST);
    hnswlib::InnerProductSpace space(DIM);
    hnswlib::HierarchicalNSW<float> index(&space, items, 16, 100);
    double start = seconds();
    parallel(items, [&](size_t i) { index.addPoint(&factors[i * DIM], i); });
    printf("hnswlib, M 16, ef_construction 100: %zu items built in %.1f s\n", items, seconds() - start);
    for (size_t ef : {100, 400, 1600, 6400}) {
        size_t n = ef > 1000 ? 1024 : 8192;
        std::vector<std::vector<size_t>> found(n);
        index.setEf(ef);
        start = seconds();
        parallel(n, [&](size_t u) {
            auto heap = index.searchKnn(&questions[u * DIM], BEST);
            for (; !heap.empty(); heap.pop())
                found[u].push_back(heap.top().second);
        });
        double rate = n / (seconds() - start);
        size_t right = 0;
        for (size_t u = 0; u < EXACT; u++) {
            std::unordered_set<size_t> want;
            for (size_t i = 0; i < BEST; i++)
                want.insert(answers[u * BEST + i].item);
            for (size_t item : found[u])
                right += want.count(item);
        }
        printf("  ef %5zu: %8.0f answers/s, recall@10 %.4f\n", ef, rate, (double)right / (EXACT * BEST));
        fflush(stdout);
    }
    return 0;
}

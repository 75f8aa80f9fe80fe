"""The seven questions of the catalogue, under their Spanish names."""

from butaca_client.answers.questions import (
    ActorSuccess,
    DirectorSuccess,
    MonthCount,
    TitleScore,
    TitleVotes,
    WeekdayCount,
)
from butaca_client.calls.base import Calls


class QuestionCalls(Calls):
    """Las siete preguntas."""

    def cantidad_filmaciones_mes(self, mes: str) -> MonthCount:
        """Películas estrenadas en un mes (por nombre, o de 1 a 12)."""
        return self._get(MonthCount, "/cantidad_filmaciones_mes", mes=mes)

    def cantidad_filmaciones_dia(self, dia: str) -> WeekdayCount:
        """Películas estrenadas en un día de la semana (por nombre, o de 1 a 7)."""
        return self._get(WeekdayCount, "/cantidad_filmaciones_dia", dia=dia)

    def score_titulo(self, titulo: str) -> TitleScore:
        """Popularidad de una película."""
        return self._get(TitleScore, "/score_titulo", titulo=titulo)

    def votos_titulo(self, titulo: str) -> TitleVotes:
        """Votos y promedio de una película."""
        return self._get(TitleVotes, "/votos_titulo", titulo=titulo)

    def get_actor(self, nombre_actor: str) -> ActorSuccess:
        """Éxito de un actor."""
        return self._get(ActorSuccess, "/get_actor", nombre_actor=nombre_actor)

    def get_director(self, nombre_director: str) -> DirectorSuccess:
        """Éxito de un director y sus películas."""
        return self._get(DirectorSuccess, "/get_director", nombre_director=nombre_director)

    def recomendacion(self, titulo: str) -> list[str]:
        """Cinco películas parecidas."""
        return self._get(list[str], "/recomendacion", titulo=titulo)
